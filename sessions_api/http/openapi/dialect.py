"""What a dialect tells of itself, beside its viewsets and policies."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.urls.resolvers import URLPattern

from sessions_api.http.openapi.operations import RESOURCES, Operation, Resource
from sessions_api.http.openapi.structures import Structure

#: A Parameter Object.
Parameter = Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """One way to speak to the API.

    :param name: stands in the description's own address.
    :param structures: what its answers look like, under the names that ``resources`` use.
    :param parameters: what some actions read of query and headers beside the common ones.
    :param resources: what there is to be done, by the viewset that does it.
    """

    name: str
    title: str
    description: str
    urlpatterns: Sequence[URLPattern]
    structures: Mapping[str, Structure]
    parameters: Mapping[type, Mapping[str, Sequence[Parameter]]] = field(default_factory=dict)
    resources: Mapping[type, Resource] = field(default_factory=lambda: RESOURCES)

    def resource(self, viewset: type, action: str) -> Resource:
        """What a viewset's action belongs to: that of the nearest of its classes.

        :raises LookupError: nothing tells what the action is.
        """
        for base in viewset.__mro__:
            if base in self.resources and action in self.resources[base].operations:
                return self.resources[base]
        raise LookupError(f"Nothing describes {viewset.__qualname__}.{action}.")

    def operation(self, viewset: type, action: str) -> Operation:
        """:raises LookupError: as :meth:`resource`."""
        return self.resource(viewset, action).operations[action]

    def extra_parameters(self, viewset: type, action: str) -> Sequence[Parameter]:
        return self.parameters.get(viewset, {}).get(action, ())


def operation_id(viewset: type, action: str) -> str:
    """``OwnSessionViewSet`` and ``list`` make ``own_session_list``."""
    name = viewset.__name__.removesuffix("ViewSet")
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower() + f"_{action}"
