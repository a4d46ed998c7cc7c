"""The operations on accounts, for the OpenAPI description."""

from sessions_api.http.openapi import parameters
from sessions_api.http.openapi.operations import Operation, Resource, Tag
from sessions_api.users.http.viewsets import OwnAccountViewSet, StaffAccountViewSet

ACCOUNTS = Tag("Accounts", "See who is logged in. For staff: list and ban accounts.")

RESOURCES: dict[type, Resource] = {
    OwnAccountViewSet: Resource(
        ACCOUNTS, {"retrieve": Operation("Show one's own account", "User")}
    ),
    StaffAccountViewSet: Resource(
        ACCOUNTS,
        {
            "list": Operation("List accounts", "UserList", parameters=parameters.PAGE),
            "retrieve": Operation("Show an account", "User"),
            "ban": Operation("Ban an account", "User"),
            "lift_ban": Operation("Lift the ban of an account", "User"),
        },
    ),
}
