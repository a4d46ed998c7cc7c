"""The descriptions as served, and as loaded by Schemathesis."""

from collections.abc import Iterator
from typing import Any

import schemathesis
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.test import Client as HttpClient
from django.test import override_settings
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.schemas import OpenApiSchema

from sessions_api.http.openapi import bodies

DIALECTS = ["v3", "v4", "v5", "wolfpal"]

CONFIG: dict[str, Any] = {
    "seed": 1,
    # All requests of a run share the callers and their sessions.
    "suppress-health-check": ["all"],
    # Staff flip kill switches in these runs, so 503 is not a failure.
    "checks": {"not_a_server_error": {"expected-statuses": ["2xx", "3xx", "4xx", "503"]}},
    "generation": {"deterministic": True, "max-examples": 5, "database": "none"},
}


def document(dialect: str) -> dict[str, Any]:
    """Return the description as served. This also works while tests are collected."""
    unlimited = settings.SESSIONS_API | {"RATELIMIT_ENABLE": False}
    with override_settings(ALLOWED_HOSTS=["testserver"], SESSIONS_API=unlimited):
        return HttpClient().get(f"/api/schema/{dialect}/?format=json").json()


def operations(described: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield each operation with its method and path."""
    for path, item in described["paths"].items():
        for method, operation in item.items():
            if method != "servers":
                yield method.upper(), path, operation


def closed(schema: Any) -> Any:
    """Return a description whose schemas allow no undeclared fields in responses.

    The served descriptions allow further fields, which later versions may add.
    """
    if isinstance(schema, list):
        return [closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    copy = {name: closed(one) for name, one in schema.items()}
    if copy.get("type") == "object" and "properties" in copy:
        copy.setdefault("additionalProperties", False)
    return copy


def load(dialect: str, **phases: bool) -> OpenApiSchema:
    """Load the description into Schemathesis, for the application in this process.

    :param phases: the phases of Schemathesis to run; by default all.
    """
    served = document(dialect)
    components = served["components"]["schemas"]
    inputs = {name for name in components if name.endswith("Input")} | {*bodies.ANSWERS}
    components.update(
        {name: closed(schema) for name, schema in components.items() if name not in inputs}
    )
    config = CONFIG | {"phases": {name: {"enabled": runs} for name, runs in phases.items()}}
    schema = schemathesis.openapi.from_dict(served, config=SchemathesisConfig.from_dict(config))
    schema.app = get_wsgi_application()
    return schema
