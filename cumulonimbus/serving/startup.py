"""Preparations in a new server process."""

import gc
from contextlib import suppress
from importlib import import_module

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from cumulonimbus.serving.parent import end_with_parent
from sessions_api.callers.devices import parse_device
from sessions_api.tokens.keys import key_ring

#: Modules that a library would load with the first login.
LATE = (
    "argon2",
    "cryptography.hazmat.backends.openssl.backend",
    # Of the standard library, for bodies of requests.
    "encodings.unicode_escape",
)


def finish_startup() -> None:
    """Load all that requests need, exclude it from garbage collection, and watch the parent.

    A process that has used up its file descriptors could load nothing later. The collector would
    otherwise traverse all objects again and again, which takes about 50 milliseconds each time, in
    the middle of a request.
    """
    import_module(settings.ROOT_URLCONF)
    for module in LATE:
        import_module(module)
    # Loads the expressions for browsers, too.
    parse_device("Mozilla/5.0")
    # The health of a process without a usable key says so.
    with suppress(ImproperlyConfigured):
        key_ring()
    if settings.TRACING:
        # OpenTelemetry need not be installed.
        from cumulonimbus.serving.tracing import send_spans

        send_spans()
    end_with_parent()
    gc.collect()
    gc.freeze()
