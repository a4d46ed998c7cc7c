"""What a server's process does once, before its first request."""

import gc
from importlib import import_module

from django.conf import settings


def settle() -> None:
    """Load the endpoints, and leave all that is loaded to itself.

    The garbage collector would look through it again and again, which takes some fifty
    milliseconds each time, in the midst of a request.
    """
    import_module(settings.ROOT_URLCONF)
    gc.collect()
    gc.freeze()
