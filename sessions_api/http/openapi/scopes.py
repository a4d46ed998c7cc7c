"""Scopes in words, and as a specification extension.

OpenAPI defines scopes only for OAuth 2 and OpenID Connect, which this API does not use. Therefore
``x-scopes`` at the root of the document declares them, and the ``x-policies`` of each operation
refer to them.
"""

from sessions_api.scopes import all_scopes, description_of, scope_name


def extension() -> dict[str, object]:
    """Return ``x-scopes``: the bit of each scope, and what it permits."""
    scopes = {
        scope_name(scope): {"value": scope.value, "description": description_of(scope)}
        for scope in all_scopes()
    }
    return {"x-scopes": scopes}
