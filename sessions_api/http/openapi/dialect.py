"""The part of a dialect's description that is not derived from viewsets and policies."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.urls.resolvers import URLPattern

from sessions_api.http.openapi.operations import RESOURCES, Operation, Resource
from sessions_api.http.openapi.structures import Structure

#: An OpenAPI Parameter Object.
Parameter = Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """The description of a dialect.

    :param name: the name in the URL of the description.
    :param title: the title of the document.
    :param description: its description, in Markdown.
    :param urlpatterns: the endpoints.
    :param structures: the bodies of responses, by the names that ``resources`` use.
    :param parameters: query parameters and headers in addition to those of the operations, by
        viewset and action.
    :param resources: the operations of each viewset.
    """

    name: str
    title: str
    description: str
    urlpatterns: Sequence[URLPattern]
    structures: Mapping[str, Structure]
    parameters: Mapping[type, Mapping[str, Sequence[Parameter]]] = field(default_factory=dict)
    resources: Mapping[type, Resource] = field(default_factory=lambda: RESOURCES)

    def resource(self, viewset: type, action: str) -> Resource:
        """Return the resource of an action, from the viewset's class or its nearest base.

        :raises LookupError: no resource describes the action.
        """
        for base in viewset.__mro__:
            if base in self.resources and action in self.resources[base].operations:
                return self.resources[base]
        raise LookupError(f"Nothing describes {viewset.__qualname__}.{action}.")

    def operation(self, viewset: type, action: str) -> Operation:
        """Return the operation of an action.

        :raises LookupError: as for :meth:`resource`.
        """
        return self.resource(viewset, action).operations[action]

    def extra_parameters(self, viewset: type, action: str) -> Sequence[Parameter]:
        return self.parameters.get(viewset, {}).get(action, ())


def operation_id(viewset: type, action: str) -> str:
    """Return an operation's id: ``own_session_list`` for ``OwnSessionViewSet`` and ``list``."""
    name = viewset.__name__.removesuffix("ViewSet")
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower() + f"_{action}"
