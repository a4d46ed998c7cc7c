"""Rendered descriptions. Each is rendered once per process."""

import hashlib
import threading
from dataclasses import dataclass
from functools import lru_cache

from django.utils.encoding import force_bytes
from drf_spectacular.renderers import OpenApiYamlRenderer
from rest_framework.renderers import BaseRenderer, JSONRenderer

from sessions_api.http.openapi.description import Description

#: The number of renderings that a process caches. Four dialects in two formats make eight, for
#: each path (``SCRIPT_NAME``) at which the host is reached.
MAX_KEPT = 32

_RENDERERS: dict[str, BaseRenderer] = {"json": JSONRenderer(), "yaml": OpenApiYamlRenderer()}
# Simultaneous first requests wait for one rendering instead of each making their own.
_lock = threading.Lock()


@dataclass(frozen=True)
class Rendering:
    """A description in one format.

    :param content: the document.
    :param digest: the SHA-256 digest of the content, in hexadecimal.
    """

    content: bytes
    digest: str


def rendering(description: Description, root: str, file_format: str) -> Rendering:
    """Return a rendered description, from the cache if possible.

    :param root: the path of the host's API, with a trailing slash.
    :param file_format: ``json`` or ``yaml``.
    """
    with _lock:
        return _render(description, root, file_format)


@lru_cache(maxsize=MAX_KEPT)
def _render(description: Description, root: str, file_format: str) -> Rendering:
    content = force_bytes(_RENDERERS[file_format].render(description.document(root)))
    return Rendering(content, hashlib.sha256(content).hexdigest())
