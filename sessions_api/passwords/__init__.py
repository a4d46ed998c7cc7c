"""Password hashing: queued hashers, upgrades of hashes, and the marks that tie sessions to them.

Nothing here looks up accounts: callers pass them in.
"""

#: For ``PASSWORD_HASHERS``. New passwords get a hash of the first one, and so do stored ones at
#: their owners' next login.
HASHERS = [
    "sessions_api.passwords.hashers.Argon2PasswordHasher",
    "sessions_api.passwords.hashers.PBKDF2PasswordHasher",
    "sessions_api.passwords.hashers.PBKDF2SHA1PasswordHasher",
    "sessions_api.passwords.hashers.BCryptSHA256PasswordHasher",
    # For hashes by Node's bcrypt, prefixed with "bcrypt$".
    "sessions_api.passwords.hashers.BCryptPasswordHasher",
    "sessions_api.passwords.hashers.ScryptPasswordHasher",
]
