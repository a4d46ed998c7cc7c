"""Scopes in words, and as a specification extension.

OpenAPI defines scopes only for OAuth 2 and OpenID Connect, which this API does not use. Therefore
``x-scopes`` at the root of the document declares them, and the ``x-policies`` of each operation
refer to them.
"""

from sessions_api.scopes import Scope, all_scopes, further_scopes, scope_name

IN_WORDS = {
    Scope.ALL: "Everything that the user may do, except what scoped sessions never may.",
    Scope.UPLOAD_FILE: "Upload files.",
    Scope.ACCOUNT_READ: "View the account.",
    Scope.ACCOUNT_MODIFY: "Change the account.",
    Scope.SECOND_FACTOR_READ: "View the second factors.",
    Scope.SESSION_READ: "View the sessions.",
    Scope.SESSION_MODIFY: "End sessions.",
    Scope.FILE_READ: "View the files.",
    Scope.FILE_MODIFY: "Change and delete files.",
    Scope.STAFF_READ_ACCOUNTS: "View any account.",
    Scope.STAFF_MODIFY_ACCOUNTS: "Change any account.",
    Scope.STAFF_READ_SECOND_FACTORS: "View any user's second factors.",
    Scope.STAFF_MODIFY_SECOND_FACTORS: "Remove any user's second factors.",
    Scope.STAFF_READ_SESSIONS: "View any user's sessions.",
    Scope.STAFF_MODIFY_SESSIONS: "End any user's sessions.",
    Scope.STAFF_READ_FILES: "View any user's files.",
    Scope.STAFF_MODIFY_FILES: "Change and delete any user's files.",
    Scope.STAFF_MODIFY_DOMAINS: "Manage domains.",
    Scope.STAFF_MODIFY_INSTRUCTIONS: "Manage instructions.",
    Scope.STAFF_MODIFY_KILLSWITCHES: "View and flip the kill switches.",
    Scope.STAFF_MODIFY_LOGLEVEL: "Change the log level.",
}


def extension() -> dict[str, object]:
    """Return ``x-scopes``: the bit of each scope, and what it permits."""
    in_words = IN_WORDS | {scope: one.description for scope, one in further_scopes().items()}
    scopes = {
        scope_name(scope): {"value": scope.value, "description": in_words[scope]}
        for scope in all_scopes()
    }
    return {"x-scopes": scopes}
