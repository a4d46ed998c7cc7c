"""Sample data for the console: users, devices, and two weeks of events."""

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone

from cumulonimbus.samples.bulk_loading import load
from cumulonimbus.samples.data import ADDRESSES
from cumulonimbus.samples.sessions import SampleSession, SampleUser, sample_sessions, sample_users
from killswitches.models import KillSwitch
from killswitches.registry import ACCOUNT_CREATE, ACCOUNT_LOGIN
from killswitches.services import set_switch
from sessions_api import statistics
from sessions_api.accounts.privileges import END_SESSIONS
from sessions_api.http.dialects.v5.viewsets import LoginViewSet, OwnSessionViewSet
from sessions_api.incidents.models import Incident
from sessions_api.incidents.services import incidents, sign_outs
from sessions_api.incidents.services.jobs import run_due
from sessions_api.models import AuditEvent, BulkSignOut, UserSession
from sessions_api.scopes import Scope
from sessions_api.services.audit import Actor
from sessions_api.services.bans import set_banned
from sessions_api.services.bulk_sign_outs import begin_bulk_sign_out
from sessions_api.services.session_search import SessionSearch
from sessions_api.services.sessions import end_sessions
from sessions_api.statistics import HOUR, MINUTE
from sessions_api.statistics.tally import Tally
from tests.admin_paths import BULK_SIGN_OUTS, EVENTS, INCIDENTS, SEARCH, SESSIONS, SWITCHES, USERS
from tests.api import Login
from tests.browser import page_of
from tests.sessions_api.incidents.services import steal

Kind = AuditEvent.Kind

PEOPLE = 30
PLACES = (
    "Berlin, State of Berlin Germany",
    "Boxford, England United Kingdom",
    "Lagos, Lagos Nigeria",
    "Osaka, Osaka Japan",
    "São Paulo, São Paulo Brazil",
)


@dataclass(frozen=True)
class Scene:
    """The sample data.

    :param root: a superuser.
    :param victim: a user with sessions of every kind, and audit events.
    :param banned: a user who is banned.
    :param ending: an unfinished bulk sign-out.
    :param ended: a session that has ended.
    :param incident: an open incident, with what can be on its page.
    """

    root: Any
    victim: Any
    banned: Any
    ending: BulkSignOut
    ended: UserSession
    incident: Incident

    @property
    def paths(self) -> dict[str, str]:
        """Return the paths of the main pages, by name."""
        session = UserSession.objects.filter(user=self.victim).latest("pk")
        return {
            "overview": "/admin/",
            "search": f"{SEARCH}?q=a",
            "sessions": SESSIONS,
            "session": page_of(session),
            "ended-sessions": f"{SESSIONS}?state=ended",
            "ended-session": page_of(self.ended),
            "confirmation": f"{SESSIONS}of/{self.victim.pk}/end/",
            "end-everything": f"{SESSIONS}end/",
            "endings": BULK_SIGN_OUTS,
            "progress": page_of(self.ending),
            "users": USERS,
            "user": page_of(self.victim),
            "hijacked": page_of(self.victim, "secure"),
            "banning": page_of(self.victim, "ban"),
            "unbanning": page_of(self.banned, "unban"),
            "login-limits": page_of(self.victim, "reset_login_limits"),
            "incidents": INCIDENTS,
            "incident-new": f"{INCIDENTS}add/",
            "incident": page_of(self.incident),
            "incident-edit": page_of(self.incident, "edit"),
            "incident-end": page_of(self.incident, "end"),
            "incident-tell": page_of(self.incident, "tell"),
            "incident-report": page_of(self.incident, "report"),
            "switches": SWITCHES,
            "turn-on": page_of(KillSwitch(number=ACCOUNT_LOGIN.number)),
            "turned-on": page_of(KillSwitch(number=ACCOUNT_CREATE.number)),
            "flips": "/admin/killswitches/switchflip/",
            "audit-log": EVENTS,
            "event": page_of(AuditEvent.objects.filter(kind=Kind.ACCOUNT_SECURED).latest("pk")),
        }


def set_scene(make_user: Any, log_in: Any) -> Scene:
    """Fill the database and the request statistics."""
    now = timezone.now()
    root = make_user("robin", email="robin@example.com", is_staff=True, is_superuser=True)
    people = _load_people(now)
    victim = people[0]
    for permission_flags in (int(Scope.SESSION_READ | Scope.UPLOAD_FILE), None):
        login: Login = log_in(victim, permission_flags=permission_flags)
        UserSession.objects.filter(pk=login.session.pk).update(location=PLACES[0])
    AuditEvent.objects.bulk_create(_events(people, root, now))
    set_banned(people[7], True, actor=Actor(user=root), reason="Sends spam")
    ended = UserSession.objects.active().exclude(user=victim).latest("pk")
    end_sessions(
        UserSession.objects.filter(pk=ended.pk), actor=Actor(user=root), reason="Left in a taxi"
    )
    ending = begin_bulk_sign_out(
        uuid4(),
        actor=Actor(user=root),
        reason="Tokens leaked from a partner's log",
        what="Sessions that match: dialect of login “v3”",
        criteria={"kind": "filter", "query": "dialect=v3"},
        spares_superusers=False,
        expected=UserSession.objects.active().filter(dialect="v3").count(),
    )
    set_switch(
        ACCOUNT_CREATE,
        True,
        until=now + timedelta(hours=1),
        actor=root,
        reason="Bots sign up by the thousand",
    )
    statistics._recorder._store().add(_requests([person.pk for person in people], now))
    return Scene(root, victim, people[7], ending, ended, _incident(root, people[9], now))


def _incident(root: Any, owner: Any, now: datetime) -> Incident:
    """Open an incident with a finished sign-out, one that runs, and a note."""
    chief = Actor(user=root, permissions=(END_SESSIONS,))
    search = SessionSearch(network="203.0.113.0/24", dialect="v5")
    incident = incidents.open_incident(
        "Stolen tokens", began_at=now - timedelta(hours=1), search=search, actor=chief
    )
    steal(owner, 3)
    sign_outs.request_sign_out(incident, actor=chief, reason="Leaked from a partner's log")
    run_due()
    incidents.add_note(incident, "It is curl, from one address.", actor=chief)
    steal(owner, 2)
    sign_outs.request_sign_out(incident, actor=chief, reason="More have come")
    return incident


def _load_people(now: datetime) -> list[Any]:
    users = [_named(user) for user in sample_users(PEOPLE, seed=1)]
    sessions = sample_sessions(400, users=PEOPLE, largest=6, seed=1, now=now)
    with transaction.atomic():
        load(get_user_model(), SampleUser._fields, users)
        load(UserSession, SampleSession._fields, sessions)
    return list(get_user_model().objects.filter(pk__in=[user.id for user in users]).order_by("pk"))


def _named(user: SampleUser) -> SampleUser:
    """Drop the number from the user's name: so few users have different names without it."""
    name = user.username.partition("-")[0]
    return user._replace(username=name, email=f"{name}@example.com")


def _events(people: list[Any], root: Any, now: datetime) -> Iterator[AuditEvent]:
    """Yield two weeks of events, more by day than by night, with a password-guessing attack."""
    chance = random.Random(1)  # noqa: S311

    def event(kind: Kind, hour: int, actor: Any, subject: Any, **detail: Any) -> AuditEvent:
        return AuditEvent(
            kind=kind,
            at=now - timedelta(hours=hour, seconds=chance.randrange(HOUR)),
            actor=actor,
            actor_name=actor.username if actor else "",
            subject=subject,
            subject_name=subject.username,
            address=chance.choice(ADDRESSES),
            detail=detail,
        )

    for hour in range(14 * 24):
        busy = 4 + 3 * math.sin((now.hour - hour - 9) / 24 * 2 * math.pi)
        for _ in range(chance.randrange(round(busy) + 1)):
            one = chance.choice(people)
            place = chance.choice(PLACES)
            yield event(
                Kind.LOGIN,
                hour,
                one,
                one,
                session=int(now.timestamp()) - hour * HOUR,
                location=place,
            )
        for _ in range(chance.randrange(3) + (40 if hour in (6, 7) else 0)):
            one = chance.choice(people)
            yield event(Kind.LOGIN_FAILED, hour, None, one, code="INVALID_PASSWORD_ERROR")
        if chance.random() < 0.3:
            one = chance.choice(people)
            yield event(
                Kind.SESSIONS_ENDED,
                hour,
                one,
                one,
                reason="",
                sessions=[int(now.timestamp()) - 40 * HOUR],
            )
    for hour, place in enumerate(PLACES[1:], start=3):
        yield event(Kind.NEW_LOCATION, hour * hour, people[hour], people[hour], location=place)
    yield event(
        Kind.SESSIONS_ENDED,
        1,
        root,
        people[3],
        reason="Lost phone",
        sessions=[1_795_000_000, 1_794_000_000],
    )
    yield event(
        Kind.ACCOUNT_SECURED, 0, root, people[5], reason="Phished, by her own account", sessions=4
    )


def _requests(keys: list[int], now: datetime) -> Tally:
    """Record requests of the last minutes, and refusals of the last two weeks."""
    moment = int(now.timestamp())
    tally = Tally(most_calls=10_000)
    for number, key in enumerate(keys):
        minute = moment // MINUTE - number % 10
        address = ADDRESSES[number % len(ADDRESSES)]
        tally.add_call((minute, LoginViewSet.endpoint_name("create"), None, address), 4)
        tally.add_call((minute, OwnSessionViewSet.endpoint_name("create"), key, None))
    for hour in range(14 * 24):
        tally.add_refusals(moment // HOUR - hour, 429, hour * 7 % 11)
        if hour % 50 == 3:
            tally.add_refusals(moment // HOUR - hour, 503, 30 + hour)
    return tally
