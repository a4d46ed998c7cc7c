"""Code samples in the manual and the README compile, and the names in them exist."""

import ast
import json
import re
from collections.abc import Iterator
from importlib import import_module

import pytest
from django.template import engines
from django.template.loader import get_template
from django.utils.module_loading import import_string

from tests.manual import DOCS, blocks, pages
from tests.paths import ROOT

SOURCES = [ROOT / "README.md", *pages()]
OURS = ("cumulonimbus", "killswitches", "sessions_api")
#: Loggers that are named after no module.
LOGGERS = {"sessions_api.access"}
#: Attributes of OpenTelemetry's spans.
ATTRIBUTES = {"cumulonimbus.dialect", "cumulonimbus.request_id"}
#: Apps that belong to the reader.
YOURS = ("accounts", "exports", "uploads")
#: Dotted paths in inline code and in strings of samples.
DOTTED = re.compile(rf"""[`"]((?:{"|".join(OURS)})(?:\.[a-zA-Z_]\w*)+)[`"(]""")


def samples(language: str) -> Iterator[tuple[str, str]]:
    for path in SOURCES:
        for sample in blocks(language, path.read_text()):
            yield str(path.relative_to(ROOT)), sample


def test_imports_in_python_samples_exist() -> None:
    names = 0
    for path, sample in samples("python"):
        for node in ast.walk(ast.parse(sample, path)):
            if isinstance(node, ast.ImportFrom) and not str(node.module).startswith(YOURS):
                module = import_module(str(node.module))
                for alias in node.names:
                    names += 1
                    # All names of the module, which exists.
                    if alias.name == "*":
                        continue
                    if not hasattr(module, alias.name):
                        import_module(f"{node.module}.{alias.name}")
    assert names > 30


def test_dotted_paths_exist() -> None:
    found = {
        (path, match)
        for path in SOURCES
        for match in set(DOTTED.findall(path.read_text())) - LOGGERS - ATTRIBUTES
        # Ids of checks, names of permissions and files are not module paths.
        if not re.search(r"\.(?:[EWI]\d{3}|(?:view|change|delete)_\w+|py|service|sock)$", match)
    }
    assert len(found) > 20
    for _, dotted in sorted(found):
        try:
            import_module(dotted)
        except ImportError:
            import_string(dotted)


def test_templates_can_be_loaded() -> None:
    templates = [sample for _, sample in samples("html")]
    assert len(templates) == 3
    for template in templates:
        engines["django"].from_string(template)


@pytest.mark.parametrize("page", ["reference/errors"])
def test_json_samples_can_be_parsed(page: str) -> None:
    found = blocks("json", (DOCS / f"{page}.md").read_text())
    assert [type(json.loads(sample)) for sample in found] == [dict]


def test_named_files_exist() -> None:
    named = {
        (str(path.relative_to(ROOT)), name)
        for path in SOURCES
        for name in re.findall(
            r"`((?:tests|sessions_api|benchmarks|killswitches)/[\w/.-]+)`", path.read_text()
        )
    }
    assert len(named) > 5
    for page, name in named:
        if name.endswith(".html"):
            get_template(name)
        else:
            assert (ROOT / name).exists(), (page, name)
