"""Wrong uses. Each line that the type checker must report ends with the expected error code."""

from datetime import timedelta

from club.models import Member
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest

from killswitches.registry import Switch, registry
from killswitches.services import set_switch
from killswitches.testing import switched_on
from sessions_api import scopes
from sessions_api.accounts.privileges import may_act_on
from sessions_api.adapter import Adapter
from sessions_api.admin import UserSessionAdmin
from sessions_api.callers.clients import Client
from sessions_api.exceptions import ApiError
from sessions_api.http.permissions import HasScope, SwitchesAreOff
from sessions_api.http.policy import Audience, Policy
from sessions_api.models import UserSession
from sessions_api.ratelimits import rates
from sessions_api.services.audit import Actor, record, register_kinds
from sessions_api.services.session_creation import create_session
from sessions_api.services.sessions import end_sessions
from sessions_api.testing import frozen_clock, log_in

DAY = timedelta(days=1)
HERE = Client(None, "")


def wrong_arguments(member: Member, request: HttpRequest) -> None:
    create_session("ann", client=HERE, lifetime=DAY)  # arg-type
    create_session(request.user, client=HERE, lifetime=DAY)  # arg-type
    create_session(member, client=HERE, lifetime=86_400)  # arg-type
    create_session(member, lifetime=DAY)  # call-arg
    end_sessions(UserSession.objects.all(), actor=member)  # arg-type
    end_sessions(Member.objects.all(), actor=Actor(user=member))  # arg-type
    may_act_on(member, None)  # arg-type


def wrong_results(member: Member) -> str:
    token: str = create_session(member, client=HERE, lifetime=DAY)  # assignment
    print(UserSession.objects.get(pk=1).permision_flags)  # attr-defined
    print(ApiError.cod)  # attr-defined
    return token


def wrong_switches() -> None:
    registry.register("EXPORTS")  # arg-type
    registry.register(Switch("EXPORTS", 20, "Stops exports."))  # arg-type
    set_switch("GLOBAL", True)  # arg-type
    with switched_on("GLOBAL"):  # arg-type
        pass


PERMISSIONS = [
    HasScope("FILE_READ"),  # arg-type
    HasScope(),  # call-arg
    SwitchesAreOff("GLOBAL"),  # arg-type
]


class WrongAdapter(Adapter):
    backends_create_accounts = "yes"  # assignment

    def claims(self, session: UserSession) -> list[str]:  # override
        return []

    def find_account(self, name: str) -> AbstractBaseUser | None:  # override
        return super().find_account(name, "email")  # arg-type


def wrong_tests(member: Member) -> None:
    log_in("ann")  # arg-type
    log_in(member, scopes=["FILE_READ"])  # arg-type
    print(log_in(member).session_token)  # attr-defined
    with frozen_clock(1_800_000_000):  # arg-type
        pass


POLICIES = [
    Policy(audience=Audience.USERS, switch=()),  # call-arg
    Policy(audience="staff"),  # arg-type
    Policy(Audience.STAFF),  # call-arg
    Policy(),  # call-arg
]


def wrong_plug_ins(member: Member) -> None:
    register_kinds(Audience)  # arg-type
    record("joined", Actor(user=member))  # arg-type
    scopes.register("BADGES", 21, "See badges.")  # arg-type
    rates.register((1, 1))  # arg-type
    UserSessionAdmin.add_action(wrong_tests)  # arg-type
