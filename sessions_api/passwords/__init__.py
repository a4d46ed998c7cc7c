"""Password hashing: queued hashers, upgrades of hashes, and the marks that tie sessions to them.

Nothing here looks up accounts: callers pass them in.
"""
