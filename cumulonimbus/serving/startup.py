"""Preparations in a new server process."""

import gc
from importlib import import_module

from django.conf import settings


def finish_startup() -> None:
    """Load the URLs and exclude all loaded objects from garbage collection.

    The collector would otherwise traverse them again and again, which takes about 50 milliseconds
    each time, in the middle of a request.
    """
    import_module(settings.ROOT_URLCONF)
    if settings.TRACING:
        # OpenTelemetry need not be installed.
        from cumulonimbus.serving.tracing import send_spans

        send_spans()
    gc.collect()
    gc.freeze()
