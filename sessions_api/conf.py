"""The app's settings: the dict ``SESSIONS_API`` of the host's settings, typed and read lazily."""

import functools
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed
from django.dispatch import receiver

SETTINGS_NAME = "SESSIONS_API"


@dataclass(frozen=True, kw_only=True)
class ApiSettings:
    """What a host may set in ``SESSIONS_API``, with the values that hold where it does not."""

    #: PEM files (or PEM texts) of P-256 keys. The first, a private one, signs; all of them verify.
    SIGNING_KEYS: tuple[str | Path, ...] = ()
    #: The ``iss`` claim of every token; a token of another issuer is refused.
    ISSUER: str = "cumulonimbus"
    #: How many proxies in front of the service append to ``X-Forwarded-For``; 0 ignores the header.
    TRUSTED_PROXIES: int = 0
    #: Whether the last of them drops headers with an underscore in their name. Asked only under
    #: servers that cannot tell ``X_Forwarded_For`` from ``X-Forwarded-For`` (granian's WSGI).
    PROXY_DROPS_UNDERSCORES: bool = False
    #: Whether login names and email addresses match in another case though no index serves that,
    #: and each login reads the whole table of accounts.
    CASE_INSENSITIVE_LOGIN_SCAN: bool = False
    #: Whether a new password ends the sessions of its owner.
    PASSWORD_CHANGE_ENDS_SESSIONS: bool = True
    #: Whether requests are rate limited.
    RATELIMIT_ENABLE: bool = True
    #: The alias in ``CACHES`` whose cache counts requests.
    RATELIMIT_CACHE: str = "default"
    #: How many password hashes a process makes at a time.
    HASHING_CONCURRENCY: int = 1
    #: How many more wait for their turn. Keep it below the number of a worker's threads.
    HASHING_QUEUE_LENGTH: int = 12
    #: After how many seconds of waiting a hash is refused.
    HASHING_QUEUE_TIMEOUT: float = 2.0
    #: Answer a login under an unknown name exactly as one with a wrong password.
    HIDE_UNKNOWN_USERS: bool = False
    #: How long audit events are kept, a day to a hundred years; None keeps them for ever, for what
    #: is lost to a setting that nobody chose does not come back.
    AUDIT_RETENTION: timedelta | None = None
    #: Path of a MaxMind-format city database; without one every location is unknown.
    GEOIP_DATABASE: str | Path | None = None
    #: Fernet keys for the secrets of second factors: the first encrypts, all decrypt. Behind them
    #: stand keys made of ``SECRET_KEY`` and ``SECRET_KEY_FALLBACKS``.
    ENCRYPTION_KEYS: tuple[str, ...] = ()
    #: Staff endpoints refuse staff who have no second factor enrolled.
    STAFF_REQUIRES_SECOND_FACTOR: bool = False
    #: The domain that WebAuthn credentials are made for.
    WEBAUTHN_RP_ID: str = "localhost"
    #: What people see it called.
    WEBAUTHN_RP_NAME: str = "Cumulonimbus"
    #: The origins whose pages may run WebAuthn ceremonies.
    WEBAUTHN_ORIGINS: tuple[str, ...] = ("http://localhost:8000",)
    #: Whether an authenticator must have verified its user (by a PIN or a fingerprint, say).
    WEBAUTHN_REQUIRE_USER_VERIFICATION: bool = True


@functools.cache
def api_settings() -> ApiSettings:
    """The host's settings over the defaults.

    :raises ImproperlyConfigured: for a name that is no setting of this app.
    """
    given: dict[str, Any] = getattr(settings, SETTINGS_NAME, {})
    try:
        return ApiSettings(**given)
    except TypeError as error:
        raise ImproperlyConfigured(f"{SETTINGS_NAME}: {error}") from error


@receiver(setting_changed)
def _forget(*, setting: str, **kwargs: object) -> None:
    if setting == SETTINGS_NAME:
        api_settings.cache_clear()
