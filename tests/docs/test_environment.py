"""What the manual says of the environment is what the project reads of it."""

import ast
import re
from collections.abc import Iterator

from tests.manual import page
from tests.paths import ROOT

#: How the settings read a variable; each has its name first.
READERS = {"flag", "count", "texts", "str", "get", "cors_settings", "_duration"}
#: The modules that read variables.
PROJECT = ROOT / "cumulonimbus"
SOURCES = [PROJECT / "settings.py", *(PROJECT / "configuration").glob("*.py")]
#: Of the readers with a default that is written beside them, how it is written in the manual.
SPELLINGS = {"True": "true", "False": "false", "''": "none"}


def read() -> Iterator[tuple[str, str | None]]:
    """Each variable, with its default where the code says one."""
    trees = [ast.parse(source.read_text()) for source in SOURCES]
    for call in (node for tree in trees for node in ast.walk(tree)):
        if not isinstance(call, ast.Call) or not call.args:
            continue
        function = ast.unparse(call.func).split(".")
        name = call.args[0]
        of_environment = function[0] in {"env", "origins"} or len(function) == 1
        if function[-1] in READERS and of_environment and isinstance(name, ast.Constant):
            default = next((one.value for one in call.keywords if one.arg == "default"), None)
            yield str(name.value), default and ast.unparse(default)


def told() -> dict[str, str]:
    """Each variable of the manual, with its default."""
    rows = re.findall(
        r"^\| `([A-Z_]+)` \| ([^|]+) \| ", page("reference/environment"), re.MULTILINE
    )
    options = {"CACHE_URL", "DATABASE_URL", "EMAIL_URL"}
    defaults: dict[str, str] = {}
    for name, default in rows:
        # The second table has the options of URLs.
        assert name not in defaults or name in options
        defaults.setdefault(name, default.strip("` "))
    return defaults


def test_every_variable_is_told_and_no_other() -> None:
    assert {name for name, _ in read()} == set(told())
    assert len(told()) > 20


def test_defaults_are_those_of_the_code() -> None:
    defaults = {name: default for name, default in read() if default}
    assert len(defaults) > 5
    for name, default in defaults.items():
        assert told()[name] == SPELLINGS.get(default, default), name


def test_ci_ignores_every_variable_of_the_caller() -> None:
    unset = re.search(r"^unset ((?:.*\\\n)*.*)$", (ROOT / ".ci/run").read_text(), re.MULTILINE)
    assert unset
    assert set(told()) <= set(unset[1].replace("\\", "").split())
