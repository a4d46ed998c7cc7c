"""The project's settings. They alone read the environment, through ``environment``."""

from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from cumulonimbus.configuration import (
    env_file,
    https,
    limits,
    local_secrets,
    logins,
    logs,
    mail,
    origins,
    storage,
)
from cumulonimbus.configuration.environment import count, env, flag, texts
from sessions_api.passwords import HASHERS

# First, because it adds to the environment.
ENV_FILE = env_file.load(env.str("ENV_FILE", ""), env.ENVIRON)
DEBUG = flag("DEBUG", default=False)
# Not beside the code, which is in site-packages if it was installed from a wheel.
STATE_DIR = Path(env.str("STATE_DIR", "") or "var").absolute()
TRUSTED_PROXIES = count("TRUSTED_PROXIES", default=0)
LOG_LEVEL = env.str("LOG_LEVEL", "INFO").upper()

# Secrets

# Not env.str(), which takes a value that begins with "$" as the name of another variable.
SECRET_KEY = env.ENVIRON.get("SECRET_KEY", "")
SECRET_KEY_FALLBACKS = [
    text.strip() for text in env.ENVIRON.get("SECRET_KEY_FALLBACKS", "").split(",") if text.strip()
]
SIGNING_KEYS = texts("SIGNING_KEYS")
if DEBUG:
    SECRET_KEY = SECRET_KEY or local_secrets.secret_key(STATE_DIR)
    SIGNING_KEYS = SIGNING_KEYS or [local_secrets.signing_key(STATE_DIR)]
if not SECRET_KEY:
    raise ImproperlyConfigured(
        "SECRET_KEY is not set. Make one with `openssl rand -base64 48`, keep it secret, and give "
        "every process the same one in the environment. (DEBUG=true makes one by itself.)"
    )
if not SIGNING_KEYS:
    raise ImproperlyConfigured(
        "SIGNING_KEYS is not set. It names the PEM files of the keys that sign session tokens, "
        "separated by commas; the first signs, all of them verify. Make one with `openssl ecparam "
        "-name prime256v1 -genkey -noout -out signing-key.pem` and set "
        "SIGNING_KEYS=/path/to/signing-key.pem. (DEBUG=true makes one by itself.)"
    )

# Applications

INSTALLED_APPS = [
    "cumulonimbus",
    "sessions_api",
    "sessions_api.second_factors",
    "sessions_api.users",
    "sessions_api.notices",
    "sessions_api.incidents",
    "django_otp",
    "killswitches",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    # Django's admin with a login that asks for second factors.
    "sessions_api.second_factors.apps.SecondFactorAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "sessions_api.health.middleware.HealthMiddleware",
    "sessions_api.logs.middleware.RequestLogMiddleware",
    "cumulonimbus.middleware.SecurityMiddleware",
    "django.middleware.common.CommonMiddleware",
    "killswitches.middleware.CompleteFormsMiddleware",
    "cumulonimbus.middleware.UnstorableInputMiddleware",
    "cumulonimbus.middleware.SessionMiddleware",
    "cumulonimbus.middleware.LocaleMiddleware",
    "cumulonimbus.middleware.CsrfViewMiddleware",
    "cumulonimbus.middleware.AuthenticationMiddleware",
    "cumulonimbus.middleware.ConsoleSessionMiddleware",
    "cumulonimbus.middleware.MessageMiddleware",
    "cumulonimbus.middleware.XFrameOptionsMiddleware",
    "cumulonimbus.overload.OverloadMiddleware",
]

#: Whether people log in and see their sessions on pages under ``/account/``.
ACCOUNT_PAGES = origins.account_pages()
if ACCOUNT_PAGES:
    INSTALLED_APPS.insert(INSTALLED_APPS.index("sessions_api"), "sessions_api.account")

# Only if configured, because it runs on every request. It comes before the redirect to HTTPS,
# because browsers do not follow redirects of preflight requests.
if _cors := origins.cors_settings("CORS_ALLOWED_ORIGINS"):
    vars().update(_cors)
    INSTALLED_APPS.append("corsheaders")
    MIDDLEWARE.insert(2, origins.MIDDLEWARE)

# Only if configured, too. After health probes, before what may redirect.
METRICS_TOKEN = env.ENVIRON.get("METRICS_TOKEN", "")
if METRICS_TOKEN:
    MIDDLEWARE.insert(1, "sessions_api.metrics.middleware.MetricsMiddleware")
TRACING = flag("TRACING", default=False)
if TRACING:
    _before = MIDDLEWARE.index("sessions_api.logs.middleware.RequestLogMiddleware")
    MIDDLEWARE.insert(_before, "sessions_api.tracing.middleware.TracingMiddleware")

#: Where the front page leads to for the manual; "" for nowhere.
MANUAL_URL = env.str("MANUAL_URL", "")
ROOT_URLCONF = "cumulonimbus.urls"
WSGI_APPLICATION = "cumulonimbus.wsgi.application"
ASGI_APPLICATION = "cumulonimbus.asgi.application"

# The project's own: inside the package in a wheel, beside it in a checkout, and in DIRS in both.
OWN_PAGES = Path(__file__).with_name("pages")
if not OWN_PAGES.is_dir():
    OWN_PAGES = Path(__file__).resolve().parent.parent / "templates"
TEMPLATES: list[dict[str, object]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [OWN_PAGES],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

WEBAUTHN_RP_ID = env.str("WEBAUTHN_RP_ID", "") or "localhost"
WEBAUTHN_ORIGINS = texts("WEBAUTHN_ORIGINS") or [
    "http://localhost:8000" if DEBUG else f"https://{WEBAUTHN_RP_ID}"
]

SESSIONS_API = {
    "SIGNING_KEYS": tuple(SIGNING_KEYS),
    "TRUSTED_PROXIES": TRUSTED_PROXIES,
    "PROXY_DROPS_UNDERSCORES": flag("PROXY_DROPS_UNDERSCORES", default=False),
    "HASHING_CONCURRENCY": count("HASHING_CONCURRENCY", default=1),
    "AUDIENCE": env.str("AUDIENCE", ""),
    "ACCESS_LOG": flag("ACCESS_LOG", default=False),
    "TRACING": TRACING,
    "METRICS_TOKEN": METRICS_TOKEN,
    "METRICS_DIR": env.str("METRICS_DIR", "") or str(STATE_DIR / "metrics"),
    "GEOIP_DATABASE": env.str("GEOIP_DATABASE", "") or None,
    "ENCRYPTION_KEYS": tuple(texts("ENCRYPTION_KEYS")),
    "STAFF_REQUIRES_SECOND_FACTOR": flag("STAFF_REQUIRES_SECOND_FACTOR", default=False),
    "WEBAUTHN_RP_ID": WEBAUTHN_RP_ID,
    "WEBAUTHN_ORIGINS": tuple(WEBAUTHN_ORIGINS),
    **limits.limit_settings(),
    **mail.notice_settings(debug=DEBUG),
    **origins.cookie_settings(debug=DEBUG),
    **logins.login_settings(),
}

#: Who may read the switches as flags of OpenFeature, which are on without the database, which need
#: a second person, and when staff are reminded of those without an end.
KILLSWITCHES = {
    "OFREP_TOKENS": texts("OFREP_TOKENS"),
    "OFREP_PUBLIC": flag("OFREP_PUBLIC", default=False),
    "OVERRIDE": texts("KILLSWITCH_OVERRIDE"),
    "OVERRIDE_FILE": env.str("KILLSWITCH_OVERRIDE_FILE", ""),
    "SECOND_PERSON": texts("KILLSWITCH_SECOND_PERSON"),
    "REMIND_AFTER": env.str("KILLSWITCH_REMIND_AFTER", "1h"),
}

if SESSIONS_API["COOKIES"]:
    _after = MIDDLEWARE.index("cumulonimbus.middleware.AuthenticationMiddleware") + 1
    MIDDLEWARE.insert(_after, "cumulonimbus.middleware.SessionCookieMiddleware")

SPECTACULAR_SETTINGS = {
    "OAS_VERSION": "3.1.1",
    # The check would describe all URLs. The tests cover the descriptions that are served.
    "ENABLE_DJANGO_DEPLOY_CHECK": False,
}

# Storage

DATABASE = storage.database(env.ENVIRON.get("DATABASE_URL", ""), STATE_DIR)
DATABASES = {"default": DATABASE}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SERIALIZATION_MODULES = {"xml": "sessions_api.models.xml_dumps"}
CACHE = storage.cache(env.ENVIRON.get("CACHE_URL", ""))
CACHES = {"default": CACHE}

STATIC_URL = "static/"
STATIC_ROOT = STATE_DIR / "static"

# Authentication and security

AUTH_USER_MODEL = "cumulonimbus.User"
AUTHENTICATION_BACKENDS = logins.authentication_backends()
PASSWORD_HASHERS = HASHERS
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

ALLOWED_HOSTS = texts("ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = texts("CSRF_TRUSTED_ORIGINS")
CSRF_COOKIE_NAME = origins.csrf_cookie_name(debug=DEBUG)
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not DEBUG
vars().update(https.hsts_settings(debug=DEBUG))
if TRUSTED_PROXIES:
    # Clients can send this header too, so it is trusted only behind a proxy that sets it.
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CSRF_FAILURE_VIEW = "cumulonimbus.errors.csrf_failure"
SILENCED_SYSTEM_CHECKS = [
    # They look for Django's middleware by name; MIDDLEWARE has subclasses of it.
    *("security.W001", "security.W002", "security.W003"),
    # A site may send no mail; features that need it are then not offered.
    "mail.W001",
]

# Mail

EMAIL_URL = env.ENVIRON.get("EMAIL_URL", "") or ("consolemail://" if DEBUG else "")
vars().update(mail.mail_settings(EMAIL_URL))
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "") or "webmaster@localhost"

# Time zone, languages and logging

TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
# By their own names.
LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("ar", "العربية")]
# Pages for people. Others, such as robots.txt and feature flags, are for programs: in English.
TRANSLATED_PATHS = r"/$|/account/|/admin/"
# The catalog of templates/, too, so that makemessages finds a place for it.
LOCALE_PATHS = [Path(__file__).with_name("locale")]
LANGUAGE_COOKIE_AGE = 365 * 24 * 60 * 60
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = not DEBUG
FORMAT_MODULE_PATH = "cumulonimbus.formats"
LOGGING = logs.logging_settings(LOG_LEVEL, logs.log_format())
