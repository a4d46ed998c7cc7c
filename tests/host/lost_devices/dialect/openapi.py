"""The description of what is not derived from viewsets, policies and shapes."""

from collections.abc import Sequence

from django.urls import URLPattern

from sessions_api.exceptions import InvalidSession
from sessions_api.http.openapi import samples
from sessions_api.http.openapi.dialect import Dialect
from sessions_api.http.openapi.operations import RESOURCES, Operation, Resource, Tag
from sessions_api.http.openapi.structures import SUCCESSFUL_AUTH, shaped

from . import shapes
from .viewsets import DeviceViewSet

TAG = Tag("Devices", "See where one is logged in, and report a device as lost.")


def dialect_of(endpoints: Sequence[URLPattern]) -> Dialect:
    """Return the description of the dialect at its paths."""
    return Dialect(
        name="devices",
        title="Lost devices",
        description="Sessions as devices.",
        urlpatterns=endpoints,
        structures={
            "SuccessfulAuth": SUCCESSFUL_AUTH,
            "DeviceList": shaped(shapes.DEVICES, [samples.SESSION], item_id="/devices/0/device"),
            "Lost": shaped(shapes.LOST, None),
        },
        resources=RESOURCES
        | {
            DeviceViewSet: Resource(
                TAG,
                {
                    "list": Operation("List devices", "DeviceList"),
                    "report": Operation(
                        "Report a device as lost", "Lost", errors=(InvalidSession(status=404),)
                    ),
                },
            )
        },
    )
