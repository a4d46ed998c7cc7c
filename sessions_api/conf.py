"""The app's settings: the dict ``SESSIONS_API`` in the host's settings, typed and read lazily."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core import mail
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed
from django.dispatch import receiver

SETTINGS_NAME = "SESSIONS_API"


@dataclass(frozen=True, kw_only=True)
class ApiSettings:
    """The settings that a host may set in ``SESSIONS_API``, with their defaults."""

    #: PEM files (or PEM texts) of P-256 keys. The first one must be private and signs; all of them
    #: verify. With ``DEBUG`` and in tests none is needed: each process then makes its own, which
    #: other processes do not know.
    SIGNING_KEYS: tuple[str | Path, ...] = ()
    #: The ``iss`` claim of every token. Tokens of other issuers are rejected.
    ISSUER: str = "cumulonimbus"
    #: The number of proxies in front of the service that append to ``X-Forwarded-For``. With 0, the
    #: header is ignored.
    TRUSTED_PROXIES: int = 0
    #: Whether the last proxy drops headers with an underscore in their name. Only matters with
    #: servers that cannot tell ``X_Forwarded_For`` from ``X-Forwarded-For`` (granian's WSGI).
    PROXY_DROPS_UNDERSCORES: bool = False
    #: Whether logins ignore the case of names and email addresses even without an index for that.
    #: Each login scans the whole table of accounts then.
    CASE_INSENSITIVE_LOGIN_SCAN: bool = False
    #: Lifetimes that replace the dialects' own, by dialect and kind of session: ``login``,
    #: ``remembered``, ``scoped`` and ``long_lived``, such as
    #: ``{"v5": {"login": timedelta(hours=8)}}``.
    LIFETIMES: Mapping[str, Mapping[str, timedelta]] = field(default_factory=dict)
    #: A full session that is unused for this long ends. The last use is recorded once a minute, so
    #: a session ends up to a minute later, and never earlier. At least a minute; None for never.
    IDLE_TIMEOUT: timedelta | None = None
    #: The same for scoped sessions.
    SCOPED_IDLE_TIMEOUT: timedelta | None = None
    #: A full session ends this long after its creation, whatever its lifetime and use. At least a
    #: minute; None for never.
    ABSOLUTE_LIFETIME: timedelta | None = None
    #: The same for scoped sessions.
    SCOPED_ABSOLUTE_LIFETIME: timedelta | None = None
    #: How many active full sessions a user may have; None for any number.
    SESSIONS_PER_USER: int | None = None
    #: The same for scoped sessions.
    SCOPED_SESSIONS_PER_USER: int | None = None
    #: Whether a login beyond these numbers ends the least recently used sessions of its kind. If
    #: not, it is refused with ``TOO_MANY_SESSIONS_ERROR``.
    END_EXCESS_SESSIONS: bool = False
    #: Whether a login sets the account's ``last_login``.
    UPDATE_LAST_LOGIN: bool = True
    #: Whether logins to the API send Django's ``user_logged_in`` and ``user_login_failed``.
    SEND_LOGIN_SIGNALS: bool = True
    #: The path of the host's adapter, a subclass of ``sessions_api.adapter.Adapter``.
    ADAPTER: str = "sessions_api.adapter.Adapter"
    #: The ``aud`` claim of every token. Tokens for another audience are rejected. "" for none.
    AUDIENCE: str = ""
    #: Whether a login sets the token in a cookie if asked to, and the cookie authenticates requests
    #: without an ``Authorization`` header: for hosts with pages.
    COOKIES: bool = False
    #: Whether the endpoints of this app take and set that cookie. If not, only pages and a host's
    #: own views do, and all clients of the API are answered as if ``COOKIES`` were off.
    API_COOKIES: bool = True
    #: Whether that cookie goes without ``Secure`` and the prefix ``__Host-``: for development over
    #: plain HTTP only.
    INSECURE_COOKIES: bool = False
    #: Whether each login to Django's admin is a session, listed and ended like those of the API.
    #: Needs ``sessions_api.http.console.middleware.ConsoleSessionMiddleware``.
    CONSOLE_SESSIONS: bool = False
    #: Whether a new password ends its owner's sessions.
    PASSWORD_CHANGE_ENDS_SESSIONS: bool = True
    #: Whether requests are rate limited.
    RATELIMIT_ENABLE: bool = True
    #: Rates with other numbers than the service's own: name, requests and seconds, such as
    #: ``{"LOGIN": (10, 300)}``. The names are those of the list of rates.
    RATES: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    #: The alias in ``CACHES`` of the cache that counts requests.
    RATELIMIT_CACHE: str = "default"
    #: How many passwords a process hashes at a time.
    HASHING_CONCURRENCY: int = 1
    #: How many more may wait in the queue. Keep it below the number of a worker's threads.
    HASHING_QUEUE_LENGTH: int = 12
    #: Seconds in the queue after which a hash is refused.
    HASHING_QUEUE_TIMEOUT: float = 2.0
    #: Whether a login with an unknown name is answered exactly as one with a wrong password.
    HIDE_UNKNOWN_USERS: bool = False
    #: Whether each request is logged: method, route, status, time, user, session and network.
    ACCESS_LOG: bool = False
    #: The token with which a monitoring system reads ``/metrics``, at least 32 characters; "" for
    #: no metrics. Needs the extra ``metrics`` and
    #: ``sessions_api.metrics.middleware.MetricsMiddleware``.
    METRICS_TOKEN: str = ""
    #: A folder of this machine in which the processes of a server share what they have counted, and
    #: which they create. None if the server has one process, or for each to show its own counts.
    METRICS_DIR: str | Path | None = None
    #: Whether each request is a span of OpenTelemetry. Needs the extra ``opentelemetry`` and
    #: ``sessions_api.tracing.middleware.TracingMiddleware``.
    TRACING: bool = False
    #: How long audit events are kept: a day to a hundred years. The default, None, keeps them
    #: forever, because events deleted by a default would be lost for good.
    AUDIT_RETENTION: timedelta | None = None
    #: How long it is kept of ended sessions where, when, how and by whom they ended: a day to a
    #: hundred years; ``timedelta(0)`` to keep nothing.
    ENDED_SESSION_RETENTION: timedelta = timedelta(days=90)
    #: The kinds of notices that are mailed to owners of accounts, if ``sessions_api.notices`` is
    #: installed. None for all kinds, including those of other apps.
    NOTICES: tuple[str, ...] | None = None
    #: In an incident, the number of users above which a second member of staff has to approve that
    #: their sessions end, if ``sessions_api.incidents`` is installed. None for never.
    INCIDENT_APPROVAL_ABOVE: int | None = None
    #: The URL under which people reach the site, such as ``https://example.com``, with the prefix
    #: (``SCRIPT_NAME``) if there is one. Links in notices begin with it, and without it no
    #: notices are sent: the host in a request could be forged.
    SITE_URL: str = ""
    #: Path of a MaxMind-format city database. Without one, every location is unknown.
    GEOIP_DATABASE: str | Path | None = None
    #: Fernet keys for the secrets of second factors. The first one encrypts, all of them decrypt.
    #: Keys derived from ``SECRET_KEY`` and ``SECRET_KEY_FALLBACKS`` follow them.
    ENCRYPTION_KEYS: tuple[str, ...] = ()
    #: Whether staff endpoints refuse staff without a second factor.
    STAFF_REQUIRES_SECOND_FACTOR: bool = False
    #: The domain that WebAuthn credentials belong to (relying party ID).
    WEBAUTHN_RP_ID: str = "localhost"
    #: The name of the service that authenticators show.
    WEBAUTHN_RP_NAME: str = "Cumulonimbus"
    #: The origins whose pages may run WebAuthn ceremonies.
    WEBAUTHN_ORIGINS: tuple[str, ...] = ("http://localhost:8000",)
    #: Whether an authenticator must verify its user, for example by a PIN or a fingerprint.
    WEBAUTHN_REQUIRE_USER_VERIFICATION: bool = True

    @property
    def cookies_in_api(self) -> bool:
        """Whether the endpoints of this app know sessions in cookies."""
        return self.COOKIES and self.API_COOKIES


@functools.cache
def api_settings() -> ApiSettings:
    """Return the host's settings, with the defaults for what it has not set.

    :raises ImproperlyConfigured: a setting is unknown.
    """
    given: dict[str, Any] = getattr(settings, SETTINGS_NAME, {})
    try:
        return ApiSettings(**given)
    except TypeError as error:
        raise ImproperlyConfigured(f"{SETTINGS_NAME}: {error}") from error


def in_development() -> bool:
    """Return whether a developer runs this process: ``DEBUG`` is on, or these are tests.

    Django's test runner and pytest-django turn ``DEBUG`` off, and make the mail outbox.
    """
    return settings.DEBUG or hasattr(mail, "outbox")


@receiver(setting_changed)
def _forget(*, setting: str, **kwargs: object) -> None:
    if setting == SETTINGS_NAME:
        api_settings.cache_clear()
