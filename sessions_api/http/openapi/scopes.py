"""What each scope lets a scoped session do, in words and as a specification extension.

OpenAPI knows scopes of OAuth 2 and OpenID Connect alone, which this API does not speak. So they are
declared at the document's root, and each operation names its own among its ``x-policies``.
"""

from sessions_api.scopes import Scope

IN_WORDS = {
    Scope.ALL: "Whatever its user may do, but for what scoped sessions never may.",
    Scope.UPLOAD_FILE: "Upload files.",
    Scope.ACCOUNT_READ: "See the account.",
    Scope.ACCOUNT_MODIFY: "Change the account.",
    Scope.SECOND_FACTOR_READ: "See the second factors.",
    Scope.SESSION_READ: "See the sessions.",
    Scope.SESSION_MODIFY: "End sessions.",
    Scope.FILE_READ: "See the files.",
    Scope.FILE_MODIFY: "Change and delete files.",
    Scope.STAFF_READ_ACCOUNTS: "See anybody's account.",
    Scope.STAFF_MODIFY_ACCOUNTS: "Change anybody's account.",
    Scope.STAFF_READ_SECOND_FACTORS: "See anybody's second factors.",
    Scope.STAFF_MODIFY_SECOND_FACTORS: "Remove anybody's second factors.",
    Scope.STAFF_READ_SESSIONS: "See anybody's sessions.",
    Scope.STAFF_MODIFY_SESSIONS: "End anybody's sessions.",
    Scope.STAFF_READ_FILES: "See anybody's files.",
    Scope.STAFF_MODIFY_FILES: "Change and delete anybody's files.",
    Scope.STAFF_MODIFY_DOMAINS: "Manage domains.",
    Scope.STAFF_MODIFY_INSTRUCTIONS: "Manage instructions.",
    Scope.STAFF_MODIFY_KILLSWITCHES: "See and flip the kill switches.",
    Scope.STAFF_MODIFY_LOGLEVEL: "Change the level of the log.",
}


def extension() -> dict[str, object]:
    """``x-scopes``: the bit of each scope, and what it opens."""
    scopes = {scope.name: {"value": scope.value, "description": IN_WORDS[scope]} for scope in Scope}
    return {"x-scopes": scopes}
