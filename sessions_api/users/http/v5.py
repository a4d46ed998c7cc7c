"""Accounts in v5: inputs, policies and paths."""

from dataclasses import replace

from django.urls.resolvers import URLPattern
from rest_framework import serializers

from sessions_api.accounts.privileges import permission_on_accounts
from sessions_api.http.dialects.base import SEGMENT, route
from sessions_api.http.dialects.v5.viewsets import DIALECT
from sessions_api.http.fields import ReasonField
from sessions_api.http.policy import Audience, Policy
from sessions_api.scopes import Scope
from sessions_api.services.bans import can_ban
from sessions_api.users.http.viewsets import OwnAccountViewSet, StaffAccountViewSet

READ = Policy(audience=Audience.USERS, scope=Scope.ACCOUNT_READ)
STAFF_READ = Policy(
    audience=Audience.STAFF,
    permission=permission_on_accounts("view"),
    scope=Scope.STAFF_READ_ACCOUNTS,
)
STAFF_BAN = replace(
    STAFF_READ,
    permission=permission_on_accounts("change"),
    spares_superusers=True,
    scope=Scope.STAFF_MODIFY_ACCOUNTS,
    reverification=True,
)


class BanInput(serializers.Serializer[None]):
    reason = ReasonField()


class OwnUserViewSet(OwnAccountViewSet):
    dialect = DIALECT
    policies = {"retrieve": READ}


class StaffUserViewSet(StaffAccountViewSet):
    dialect = DIALECT
    policies = {
        "list": STAFF_READ,
        "retrieve": STAFF_READ,
        "ban": STAFF_BAN,
        "lift_ban": STAFF_BAN,
    }
    input_classes = {"ban": BanInput}


UID = rf"users/(?P<uid>{SEGMENT})"

urlpatterns: list[URLPattern] = [
    route("users/me", OwnUserViewSet, get="retrieve"),
    route("users", StaffUserViewSet, get="list"),
    route(UID, StaffUserViewSet, get="retrieve"),
]

if can_ban():
    urlpatterns.append(route(f"{UID}/ban", StaffUserViewSet, put="ban", delete="lift_ban"))
