"""The endpoints of a dialect, from its OpenAPI description."""

import json
import re
from collections.abc import Iterator
from typing import Any

from from_code.descriptions import description
from from_code.markdown import code, table

METHODS = ("get", "post", "put", "patch", "delete")
#: Responses that every endpoint may return are listed once.
EVERYWHERE = {"413", "415", "429", "500", "503"}


def page(dialect: str) -> str:
    """Return a section for each tag, with a subsection for each endpoint."""
    whole = description(dialect)
    sections = []
    for tag in whole["tags"]:
        operations = [one for one in _operations(whole) if tag["name"] in one[2]["tags"]]
        parts = [f"## {tag['name']}", tag["description"]]
        parts += [_operation(whole, *one) for one in operations]
        sections.append("\n\n".join(parts))
    return "\n\n".join(sections)


def _operations(whole: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in whole["paths"].items():
        for method in METHODS:
            if method in item:
                yield method.upper(), path, item[method]


def _operation(whole: dict[str, Any], method: str, path: str, operation: dict[str, Any]) -> str:
    parts = [f"### {operation['summary']}: `{method} {path}`", operation["description"]]
    if parameters := [_parameter(one) for one in operation.get("parameters", [])]:
        parts.append(table(["parameter", "in", "meaning"], parameters))
    if body := operation.get("requestBody"):
        parts.append("Body:\n\n" + _bodies(body["content"]["application/json"]))
    for status, example in _successes(whole, operation["responses"]):
        parts.append(f"Answer {status}:\n\n```json\n{_json(example)}\n```")
    if refusals := [*_refusals(operation["responses"])]:
        parts.append(table(["refused with", "code"], refusals))
    return "\n\n".join(parts)


def _parameter(parameter: dict[str, Any]) -> list[str]:
    return [code(parameter["name"]), parameter["in"], parameter.get("description", "")]


def _bodies(content: dict[str, Any]) -> str:
    examples = [one["value"] for one in content["examples"].values()]
    return "```json\n" + "\n".join(_json(example) for example in examples) + "\n```"


def _successes(whole: dict[str, Any], responses: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for status, response in responses.items():
        if status < "300":
            for content in response.get("content", {}).values():
                for example in content.get("examples", {}).values():
                    yield status, _resolve(whole, example)["value"]


def _refusals(responses: dict[str, Any]) -> Iterator[list[str]]:
    for status, response in responses.items():
        if status >= "300" and status not in EVERYWHERE:
            yield [status, response["description"]]


def _resolve(whole: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    for step in found["$ref"].removeprefix("#/").split("/") if "$ref" in found else ():
        found = whole = whole[step]
    return found


def _json(value: Any) -> str:
    """Return JSON on one line. Tokens are cut, as in the tutorial."""
    return re.sub(r"eyJ[\w.-]+", "eyJhbGciOiJFUzI1NiIs…", json.dumps(value, ensure_ascii=False))
