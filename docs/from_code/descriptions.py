"""The OpenAPI descriptions of the dialects, as the service serves them."""

import functools
from typing import Any

from sessions_api.http.dialects.v3.openapi import V3
from sessions_api.http.dialects.v4.openapi import V4
from sessions_api.http.dialects.v5.openapi import V5
from sessions_api.http.dialects.wolfpal.openapi import WOLFPAL
from sessions_api.http.openapi.description import Description
from sessions_api.urls import hello

DIALECTS = {
    "v5": Description(V5, [""], root_routes=[hello]),
    "v4": Description(V4, [""]),
    "v3": Description(V3, [""]),
    "wolfpal": Description(WOLFPAL, [""]),
}


@functools.cache
def description(dialect: str) -> dict[str, Any]:
    """Return the OpenAPI Object of a dialect."""
    return DIALECTS[dialect].document("/api/")
