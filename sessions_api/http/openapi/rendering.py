"""Descriptions as they are sent: each is rendered once in a process."""

import hashlib
import threading
from dataclasses import dataclass
from functools import lru_cache

from django.utils.encoding import force_bytes
from drf_spectacular.renderers import OpenApiYamlRenderer
from rest_framework.renderers import BaseRenderer, JSONRenderer

from sessions_api.http.openapi.description import Description

#: How many renderings a process keeps. The four dialects in two formats are eight; a host that is
#: reached under several paths (``SCRIPT_NAME``) has as many for each.
MAX_KEPT = 32

_RENDERERS: dict[str, BaseRenderer] = {"json": JSONRenderer(), "yaml": OpenApiYamlRenderer()}
# Requests that come together at the start wait for one rendering instead of making it each.
_lock = threading.Lock()


@dataclass(frozen=True)
class Rendering:
    """A description in one format.

    :param digest: changes with the content.
    """

    content: bytes
    digest: str


def rendering(description: Description, root: str, file_format: str) -> Rendering:
    """A description, rendered now or before.

    :param root: the path of the host's API, with a slash at its end.
    :param file_format: ``json`` or ``yaml``.
    """
    with _lock:
        return _render(description, root, file_format)


@lru_cache(maxsize=MAX_KEPT)
def _render(description: Description, root: str, file_format: str) -> Rendering:
    content = force_bytes(_RENDERERS[file_format].render(description.document(root)))
    return Rendering(content, hashlib.sha256(content).hexdigest())
