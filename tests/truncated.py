"""Forms whose connection breaks off before everything has been sent."""

import io
from typing import Any
from urllib.parse import urlencode

from django.test import Client

URLENCODED = "application/x-www-form-urlencoded"


def post_part(client: Client, path: str, fields: dict[str, Any], *, end: str, **meta: Any) -> Any:
    """Post a form that ends before ``end``, with the length of all of it, and return the response.

    :param end: as it is encoded. The form is the same in all tests, so it is named by what follows.
    """
    whole = urlencode(fields, doseq=True)
    part = whole[: whole.index(end)]
    return post_bytes(client, path, part.encode(), len(whole), **meta)


def post_bytes(
    client: Client, path: str, part: bytes, length: int, kind: str = URLENCODED, **meta: Any
) -> Any:
    """Post the beginning of a body of a length, and return the response."""
    given = {"CONTENT_LENGTH": str(length), "CONTENT_TYPE": kind, "wsgi.input": io.BytesIO(part)}
    return client.generic("POST", path, **given | meta)
