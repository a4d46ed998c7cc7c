"""Preparations in a new server process."""

import gc
from importlib import import_module

from django.conf import settings

from cumulonimbus.serving.parent import end_with_parent


def finish_startup() -> None:
    """Load the URLs, exclude all loaded objects from garbage collection, and watch the parent.

    The collector would otherwise traverse them again and again, which takes about 50 milliseconds
    each time, in the middle of a request.
    """
    import_module(settings.ROOT_URLCONF)
    if settings.TRACING:
        # OpenTelemetry need not be installed.
        from cumulonimbus.serving.tracing import send_spans

        send_spans()
    end_with_parent()
    gc.collect()
    gc.freeze()
