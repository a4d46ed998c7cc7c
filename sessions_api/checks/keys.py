"""A system check of the keys that sign tokens."""

from pathlib import Path
from shlex import quote

from django.core import checks
from django.core.exceptions import ImproperlyConfigured

from killswitches.checks import add_to
from sessions_api.checks.messages import error, missing, setting
from sessions_api.checks.settings import fits_settings
from sessions_api.conf import api_settings, in_development
from sessions_api.tokens.keys import key_ring

NONE_OF_ITS_OWN = (
    "SESSIONS_API['SIGNING_KEYS'] names no key, so each process signs with a key of its own: a "
    "restart logs everybody out, and no process knows the tokens of another."
)
MAKE = "openssl ecparam -name prime256v1 -genkey -noout -out"


@checks.register("sessions_api")
def check_signing_keys(**kwargs: object) -> list[checks.CheckMessage]:
    """E003: the signing keys are missing or unusable.

    W003: there are none in development, so that each process makes its own.
    """
    if not fits_settings():
        return []
    sources = [str(source) for source in api_settings().SIGNING_KEYS]
    if not sources and in_development():
        return [missing("003", NONE_OF_ITS_OWN, _hint(sources))]
    try:
        key_ring()
    except ImproperlyConfigured as problem:
        return [error("E003", str(problem), _hint(sources))]
    return []


def _hint(sources: list[str]) -> str:
    """Return how to make the first key that is missing, or a new one."""
    for source in sources:
        if not (source.lstrip().startswith("-----BEGIN") or Path(source).exists()):
            return f"Make it:\n{MAKE} {quote(source)}"
    line = setting("SIGNING_KEYS", '[BASE_DIR / "signing-key.pem"]')
    return f"Make one beside manage.py:\n{MAKE} signing-key.pem\n{add_to('settings.py', line)}"
