"""What a plug-in of the host's own registers."""

from collections.abc import Mapping
from datetime import datetime

from club.models import Member
from django.contrib import admin
from django.db.models import TextChoices
from django.http import HttpRequest

from sessions_api import scopes
from sessions_api.admin import UserSessionAdmin
from sessions_api.models import UserSessionQuerySet
from sessions_api.ratelimits import rates
from sessions_api.ratelimits.rates import Rate
from sessions_api.scopes import Scope
from sessions_api.services import audit, notices, undone_work
from sessions_api.services.audit import Actor


class ClubEvent(TextChoices):
    JOINED = "joined", "Joined the club"


class ClubNotice(TextChoices):
    WELCOME = "welcome", "welcome"


BADGES: Scope = scopes.register(21, "BADGES", "See badges.")
DOORS: Rate = rates.register(Rate(limit=1, period=1, name="DOORS"))


def write(kind: str, names: Mapping[str, object]) -> list[str]:
    return ["Welcome", f"{kind} to {names['site']}"]


def oldest_badge() -> datetime | None:
    return Member.objects.order_by("last_login").values_list("last_login", flat=True).first()


def ready() -> None:
    audit.register_kinds(ClubEvent)
    notices.register_kinds(ClubNotice, write, is_linked=False)
    undone_work.register("badges", oldest_badge)


def join(member: Member) -> None:
    actor = Actor(user=member)
    audit.record(ClubEvent.JOINED, actor, subject=member)
    notices.tell(ClubNotice.WELCOME, member, actor=actor, badge="gold")


@admin.action(permissions=["view"])
def print_badges(
    sessions_admin: UserSessionAdmin, request: HttpRequest, queryset: UserSessionQuerySet
) -> None:
    sessions_admin.message_user(request, str(queryset.count()))


UserSessionAdmin.add_action(print_badges)
