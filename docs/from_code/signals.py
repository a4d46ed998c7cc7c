"""The signals of both apps."""

from types import ModuleType

from from_code.comments import documented
from from_code.markdown import code, table
from killswitches import signals as of_switches
from sessions_api import signals as of_api


def of_sessions() -> str:
    return _table(of_api)


def of_killswitches() -> str:
    return _table(of_switches)


def _table(module: ModuleType) -> str:
    return table(
        ["signal", "sent when, and with what"],
        [[code(name), comment] for name, comment, _ in documented(module)],
    )
