"""The ``#:`` comments of the code."""

import ast
import inspect
from collections.abc import Iterator
from types import ModuleType

from from_code.markdown import prose


def documented(home: ModuleType | type) -> Iterator[tuple[str, str, ast.stmt]]:
    """Return name, comment and node of each assignment in a module or class, in order.

    :raises ValueError: for one without a comment of its own, so that the manual leaves none out.
    """
    lines = inspect.getsource(home).splitlines()
    tree = ast.parse("\n".join(lines))
    body = tree.body if isinstance(home, ModuleType) else tree.body[0].body
    for node in body:
        if isinstance(node, ast.Assign | ast.AnnAssign):
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            name = ast.unparse(target)
            if not (comment := _above(lines, node.lineno)):
                raise ValueError(f"{home.__name__}.{name} has no comment of its own.")
            yield name, comment, node


def _above(lines: list[str], lineno: int) -> str:
    found: list[str] = []
    for line in reversed(lines[: lineno - 1]):
        if not line.strip().startswith("#:"):
            break
        found.insert(0, line.strip().removeprefix("#:"))
    return prose(" ".join(found))
