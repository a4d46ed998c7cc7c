"""Two weeks of activity for the demo, created once through the services.

Everybody logs in from home, mostly by day and on weekdays. One account was hijacked this morning,
one uses a second factor, and one kill switch was on yesterday. A member of staff is logged in to
the console.
"""

import random
from base64 import b32decode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django_otp.oath import totp

from cumulonimbus.models import User
from cumulonimbus.samples.data import ADDRESSES, USER_AGENTS
from killswitches.registry import FILE_CREATE
from killswitches.services import set_switch
from sessions_api.callers.clients import Client
from sessions_api.conf import api_settings
from sessions_api.exceptions import InvalidPassword
from sessions_api.models import AuditEvent, UserSession
from sessions_api.scopes import Scope
from sessions_api.second_factors.models import SecondFactor
from sessions_api.second_factors.services.encryption import decrypt
from sessions_api.second_factors.services.enrolment import begin_totp, confirm_totp
from sessions_api.second_factors.services.totp import base32
from sessions_api.services.audit import Actor, record
from sessions_api.services.console_sessions import create_console_session
from sessions_api.services.past_sessions import remove_lapsed_sessions
from sessions_api.services.session_creation import create_session
from sessions_api.services.sessions import end_sessions
from sessions_api.testing import Clock, frozen_clock

DAYS = 14
DAY = timedelta(days=1)
TEN_YEARS = timedelta(days=3650)
#: How many of a hundred logins begin in each hour of the day (UTC).
RHYTHM = (1, 0, 0, 0, 0, 1, 3, 7, 11, 10, 8, 7, 5, 7, 8, 8, 7, 5, 3, 2, 2, 2, 2, 1)
#: Logins of a person on a weekday and on a day of the weekend.
WEEKDAY, WEEKEND = (1, 2, 2, 3), (0, 0, 1, 1)
SCRIPT_AGENT = "python-requests/2.32.3"


@dataclass(frozen=True)
class Person:
    """Somebody who logs in every day.

    :param location: where they live, as a location database would say it.
    :param dialect: the dialect of their client.
    """

    username: str
    location: str
    dialect: str = "v5"


HIJACKED = Person("dmitri", "Toronto, Ontario Canada")
PEOPLE = (
    HIJACKED,
    Person("emeka", "Lagos, Lagos Nigeria"),
    Person("fatima", "Casablanca, Casablanca-Settat Morocco", "v4"),
    Person("grace", "Boxford, England United Kingdom"),
    Person("hiroshi", "Osaka, Osaka Japan", "v3"),
    Person("ines", "São Paulo, São Paulo Brazil"),
    Person("jo", "Berlin, State of Berlin Germany", "wolfpal"),
)
#: The member of staff, who only logs in to the console.
KEEPER = Person("katya", "Tbilisi, Tbilisi Georgia")
#: When, before the end of the story.
CONSOLE_LOGINS = (timedelta(days=3, hours=2), timedelta(hours=2))
#: Where the hijacker logs in from.
ELSEWHERE = Client("203.0.113.66", USER_AGENTS[6])
ELSEWHERE_LOCATION = "Vladivostok, Primorskiy Russia"


def create_story(now: datetime) -> None:
    """Create the people and their activity, unless they exist.

    :param now: the current time, at which the story ends.
    """
    if User.objects.filter(username=HIJACKED.username).exists():
        return
    # Needs to be repeatable, not secure.
    chance = random.Random("story")  # noqa: S311
    with transaction.atomic(), frozen_clock(now - DAYS * DAY) as clock:
        users = {person: _create_account(person) for person in PEOPLE}
        logins = sorted(_moments(now, chance), key=lambda login: login[0])
        newest = {person: moment for moment, person in logins}
        for clock.now, person in logins:
            stays = clock.now == newest[person]
            _log_in(users[person], person, chance, now, stays=stays)
        clock.now = now - timedelta(hours=3)
        _hijack(users[HIJACKED])
        clock.now = now - DAY
        _flip(clock)
        if api_settings().CONSOLE_SESSIONS:
            keeper = _create_account(KEEPER, is_staff=True)
            for ago in CONSOLE_LOGINS:
                clock.now = now - ago
                _open_console(keeper)
    remove_lapsed_sessions(UserSession.objects.expired(now))


def enrol_authenticator(user: User) -> None:
    """Enrol an authenticator app for a user."""
    actor = Actor(user=user)
    begun = begin_totp(actor)
    token, secret = str(begun["token"]), str(begun["secret"])
    confirm_totp(actor, token=token, name="Phone", code=f"{totp(b32decode(secret)):06d}")


def authenticator_secret(user: User) -> str | None:
    """Return the secret of a user's authenticator app in base32, or None if they have none."""
    app = SecondFactor.objects.filter(user=user, type=SecondFactor.Type.TOTP).first()
    return base32(decrypt(app.secret)) if app else None


def _create_account(person: Person, *, is_staff: bool = False) -> User:
    email = f"{person.username}@example.com"
    return User.objects.create_user(person.username, email=email, is_staff=is_staff)


def _moments(now: datetime, chance: random.Random) -> Iterator[tuple[datetime, Person]]:
    """Yield the times of logins, at least an hour before ``now``, each with the person."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    for day in (midnight - days * DAY for days in range(DAYS, -1, -1)):
        for person in PEOPLE:
            for _ in range(chance.choice(WEEKDAY if day.weekday() < 5 else WEEKEND)):
                [hour] = chance.choices(range(24), RHYTHM)
                moment = day + timedelta(hours=hour, seconds=chance.randrange(3600))
                if now - DAYS * DAY < moment < now - timedelta(hours=1):
                    yield moment, person


def _log_in(
    user: User, person: Person, chance: random.Random, now: datetime, *, stays: bool
) -> None:
    """Log in once, perhaps after a typing error, and perhaps end older sessions or make a token.

    :param stays: whether this session lasts until ``now``, however long ago it began; others may.
    """
    number = PEOPLE.index(person)
    devices = USER_AGENTS[2 * number : 2 * number + 2]
    client = Client(ADDRESSES[number], chance.choice(devices))
    if chance.random() < 0.15:
        _fail(client, user)
    is_remembered = chance.random() < 0.25 or stays
    session, _ = create_session(
        user,
        client=client,
        location=person.location,
        lifetime=TEN_YEARS if is_remembered else DAY,
        dialect=person.dialect,
    )
    if is_remembered:
        session.used_at = session.created_at + chance.random() * (now - session.created_at)
        session.save(update_fields=["used_at"])
    actor = Actor(user=user, client=client)
    if chance.random() < 0.1:
        older = UserSession.objects.owned_by(user).active().exclude(pk=session.pk)
        end_sessions(older, actor=actor, owner=user)
    if person.dialect == "v5" and chance.random() < 0.08:
        create_session(
            user,
            client=Client(client.address, SCRIPT_AGENT),
            location=person.location,
            lifetime=TEN_YEARS,
            dialect=person.dialect,
            name=chance.choice(("Backup script", "Upload from the camera", "Status page")),
            permission_flags=Scope.FILE_READ | Scope.UPLOAD_FILE,
        )


def _open_console(user: User) -> None:
    """Log in to the console, for as long as Django's session lasts."""
    client = Client(ADDRESSES[len(PEOPLE)], USER_AGENTS[3])
    lifetime = timedelta(seconds=settings.SESSION_COOKIE_AGE)
    session = create_console_session(user, client=client, lifetime=lifetime)
    session.location = KEEPER.location
    session.save(update_fields=["location"])


def _fail(client: Client, user: User) -> None:
    kind, code = AuditEvent.Kind.LOGIN_FAILED, InvalidPassword.code
    record(kind, Actor(client=client), subject=user, code=code)


def _hijack(user: User) -> None:
    """Guess a password, log in from the other side of the world, and keep a way back in."""
    for _ in range(4):
        _fail(ELSEWHERE, user)
    for flags in (None, Scope.ALL):
        create_session(
            user,
            client=ELSEWHERE,
            location=ELSEWHERE_LOCATION,
            lifetime=TEN_YEARS,
            dialect="v5",
            name=None if flags is None else "sync",
            permission_flags=flags,
        )


def _flip(clock: Clock) -> None:
    """Turn a kill switch on, and off again 25 minutes later."""
    set_switch(FILE_CREATE, True, actor_name="admin", reason="The file store refuses uploads.")
    clock.advance(timedelta(minutes=25))
    set_switch(FILE_CREATE, False, actor_name="admin", reason="The file store works again.")
