"""The icons of sessions, which say nothing that texts beside them do not say."""

from functools import lru_cache

from sessions_api.callers.device_types import DeviceType, device_type
from sessions_api.models.kinds import SessionKind
from sessions_api.models.session_columns import SessionColumns


def icon_of(session: SessionColumns, kind: SessionKind) -> str:
    """Return the name of a session's icon in ``sessions_api/icon.html``."""
    if kind is SessionKind.SCOPED:
        return "token"
    return "tool" if session.is_dev else _icon_of_device(session.user_agent)


# A list shows a hundred sessions, and many have the same user agent.
@lru_cache(maxsize=1024)
def _icon_of_device(user_agent: str) -> str:
    known = device_type(user_agent)
    return "unknown" if known in (None, DeviceType.BOT) else known.value
