"""The manual lists exactly the environment variables that the project reads, and their defaults."""

import ast
import re
from collections.abc import Iterator

from tests.manual import page
from tests.paths import ROOT

#: The functions that read a variable; their first argument is its name.
READERS = {"flag", "count", "texts", "str", "get", "cors_settings", "_duration", "_number_or_none"}
#: The modules that read variables.
PROJECT = ROOT / "cumulonimbus"
SOURCES = [PROJECT / "settings.py", *(PROJECT / "configuration").glob("*.py")]
#: How the manual spells a default that is an argument of the function, by function.
SPELLINGS = {"True": "true", "False": "false", "''": "none"}


def read() -> Iterator[tuple[str, str | None]]:
    """Return the variables that the code reads, with the default if the code states one."""
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
    """Return the variables in the manual, with their defaults."""
    rows = re.findall(
        r"^\| `([A-Z_]+)` \| ([^|]+) \| ", page("reference/environment"), re.MULTILINE
    )
    defaults = {name: default.strip("` ") for name, default in rows}
    assert len(defaults) == len(rows)
    return defaults


def test_the_manual_lists_exactly_the_variables_that_are_read() -> None:
    assert {name for name, _ in read()} == set(told())
    assert len(told()) > 20


def test_the_manual_states_the_defaults_of_the_code() -> None:
    defaults = {name: default for name, default in read() if default}
    assert len(defaults) > 5
    for name, default in defaults.items():
        assert told()[name] == SPELLINGS.get(default, default), name


def test_ci_unsets_every_variable_of_its_caller() -> None:
    unset = re.search(r"^unset ((?:.*\\\n)*.*)$", (ROOT / ".ci/run").read_text(), re.MULTILINE)
    assert unset
    assert set(told()) <= set(unset[1].replace("\\", "").split())
