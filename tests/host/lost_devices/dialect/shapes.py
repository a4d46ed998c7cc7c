"""The bodies of responses: each field with its schema, and how it is read."""

from collections.abc import Iterable

from sessions_api.http.schemas import TIMESTAMP, integer, text
from sessions_api.http.shapes import Field, Shape, constant, timestamp
from sessions_api.models import UserSession

DEVICE_ID = integer("The device's id: when it logged in, in UNIX seconds.", minimum=1)

DEVICE: Shape[UserSession] = Shape(
    device=Field(DEVICE_ID, lambda session: session.sid),
    name=Field(text("What the device is called."), lambda session: session.name),
    loggedInAt=Field(TIMESTAMP, lambda session: timestamp(session.created_at)),
)
DEVICES: Shape[Iterable[UserSession]] = Shape(devices=DEVICE.array())
LOST: Shape[None] = Shape(lost=constant(True))
