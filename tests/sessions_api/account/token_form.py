"""The form for an API token, filled in."""

from sessions_api.scopes import Scope
from tests.cast import PASSWORD

TOKENS, NEW = "/account/tokens/", "/account/tokens/new/"
GIVEN = {
    "name": "Backup script",
    "scopes": [str(Scope.SESSION_READ.value)],
    "lifetime": "scoped",
    "password": PASSWORD,
}
