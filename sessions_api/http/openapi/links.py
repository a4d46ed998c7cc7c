"""Links from a response with an object's id to the endpoints that take this id in their path."""

from collections.abc import Iterable
from dataclasses import dataclass

from sessions_api.http.openapi.dialect import Dialect, operation_id
from sessions_api.http.openapi.parameters import variables
from sessions_api.http.schemas import Schema


@dataclass(frozen=True)
class Operation:
    """An operation of a document, and the action that it describes."""

    path: str
    method: str
    viewset: type
    action: str

    @property
    def variables(self) -> list[str]:
        return variables(self.path)


def add_links(paths: Schema, endpoints: Iterable[Operation], dialect: Dialect) -> None:
    """Add Link Objects to the responses in the ``paths`` of a document.

    They point to the endpoints of the same viewset whose path has one more id.
    """
    endpoints = list(endpoints)
    for source in endpoints:
        operation = dialect.operation(source.viewset, source.action)
        pointer = dialect.structures[operation.structure].item_id
        links = {
            operation_id(target.viewset, target.action): _link(source, target, pointer)
            for target in endpoints
            if pointer
            and target.viewset is source.viewset
            and target.variables[:-1] == source.variables
            and target.variables
        }
        if links:
            answers = paths[source.path][source.method.lower()]["responses"]
            answers[str(operation.status)]["links"] = links


def _link(source: Operation, target: Operation, pointer: str | None) -> Schema:
    parameters = {name: f"$request.path.{name}" for name in source.variables}
    parameters[target.variables[-1]] = f"$response.body#{pointer}"
    return {"operationId": operation_id(target.viewset, target.action), "parameters": parameters}
