"""Generated users and sessions in any number, the same for a given seed."""

import itertools
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple
from uuid import UUID

from django.contrib.auth.hashers import make_password

from cumulonimbus.samples.data import PLACES, USER_AGENTS
from sessions_api.callers.devices import Device, parse_device
from sessions_api.callers.session_names import default_session_name
from sessions_api.passwords.marks import UNUSABLE
from sessions_api.scopes import Scope

#: User ids are UNIX milliseconds. Each seed has its own range of them.
FIRST_ID = 1_400_000_000_000
IDS_OF_A_SEED = 100_000_000
MOST_SEEDS = 1000
MOST_USERS = IDS_OF_A_SEED

DAY = 24 * 60 * 60
TEN_YEARS = 3652.5 * DAY
#: The period in which the sessions begin, in seconds.
SPAN = 2 * 365 * DAY

_GIVEN_NAMES = (
    "ann",
    "bob",
    "carol",
    "dmitri",
    "emeka",
    "fatima",
    "grace",
    "hiroshi",
    "ines",
    "jo",
)
_SURNAMES = ("adams", "bianchi", "castro", "dubois", "eze", "fischer", "gupta", "haddad", "ito")
#: Some sessions have no location.
_LOCATIONS = ("", *PLACES)
_DIALECTS = ("v5", "v5", "v5", "v5", "v5", "v4", "v3", "wolfpal")
_SCOPES = (
    Scope.SESSION_READ,
    Scope.SESSION_READ | Scope.UPLOAD_FILE,
    Scope.FILE_READ | Scope.FILE_MODIFY,
    Scope.ALL,
)


class SampleUser(NamedTuple):
    """The values of a user, by the names of the model's fields."""

    id: int
    username: str
    email: str | None
    password: str


class SampleSession(NamedTuple):
    """The values of a session, by the names of the model's fields."""

    user_id: int
    sid: int
    jti: UUID
    name: str
    dialect: str
    permission_flags: int | None
    address: IPv4Address | IPv6Address
    location: str
    user_agent: str
    browser: str
    browser_version: str
    platform: str
    os: str
    os_version: str
    is_dev: bool
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None
    password_mark: str = UNUSABLE


def sample_users(count: int, *, seed: int) -> Iterator[SampleUser]:
    """Yield users with unusable passwords.

    :param count: the number of users.
    :param seed: 0 to 999. Users of different seeds have different ids, names and email addresses.
    """
    password = make_password(None)
    names = itertools.cycle(itertools.product(_SURNAMES, _GIVEN_NAMES))
    for number, (surname, given) in zip(range(count), names, strict=False):
        username = f"{given}.{surname}-{seed}-{number}"
        email = f"{username}@example.com" if number % 5 else None
        yield SampleUser(_user_id(number, count, seed), username, email, password)


def sample_sessions(
    count: int, *, users: int, largest: int, seed: int, now: datetime
) -> Iterator[SampleSession]:
    """Yield sessions of the users of a seed, oldest first.

    They began in the last two years. One in twenty has a lifetime of a day, the others have ten
    years; one in thirty is scoped. They are unevenly distributed among the users.

    :param count: the number of sessions.
    :param users: the number of users, as for :func:`sample_users`.
    :param largest: the number of sessions of the first user.
    :param seed: the seed of the users.
    :param now: the current time; all sessions begin before it.
    """
    # Needs to be repeatable, not secure.
    chance = random.Random(seed)  # noqa: S311
    devices = _devices()
    moment = now.timestamp()
    # At least a second, because a session's id is its second.
    step = max(SPAN / count, 1.0)
    interval = count // largest if largest else count + 1
    for number in range(count):
        is_largest = number % interval == 0 and number // interval < largest
        owner = 0 if is_largest or users == 1 else 1 + int((users - 1) * chance.random() ** 1.5)
        sid = int(moment - (count - number) * step)
        roll = chance.getrandbits(32)
        lifetime = DAY if roll % 20 == 1 else TEN_YEARS
        in_use = min(moment - sid, lifetime)
        flags = _SCOPES[roll % len(_SCOPES)] if roll % 30 == 0 else None
        name, user_agent, device = devices[roll >> 8 & 63]
        yield SampleSession(
            _user_id(owner, users, seed),
            sid,
            UUID(int=chance.getrandbits(128), version=4),
            name if flags is None else f"Script {roll % 1000}",
            _DIALECTS[roll >> 14 & 7],
            flags,
            _address(owner, roll),
            _LOCATIONS[owner + (roll >> 30) & 7],
            user_agent,
            device.browser,
            device.version,
            device.platform,
            device.os,
            device.os_version,
            device.is_dev,
            datetime.fromtimestamp(sid, UTC),
            datetime.fromtimestamp(sid + lifetime, UTC),
            datetime.fromtimestamp(sid + in_use * chance.random(), UTC) if roll % 5 else None,
        )


def _user_id(number: int, count: int, seed: int) -> int:
    return FIRST_ID + seed * IDS_OF_A_SEED + number * (IDS_OF_A_SEED // count)


def _devices() -> list[tuple[str, str, Device]]:
    """Return session names, user agents and devices of 64 logins.

    Agents at the front of :data:`USER_AGENTS` occur more often.
    """
    known = []
    for user_agent in USER_AGENTS:
        device = parse_device(user_agent)
        known.append((default_session_name(user_agent, device), user_agent, device))
    weights = range(len(USER_AGENTS), 0, -1)
    return random.Random(0).choices(known, weights, k=64)  # noqa: S311


def _address(owner: int, roll: int) -> IPv4Address | IPv6Address:
    """Return the owner's home address in three of four cases, otherwise another one."""
    place = owner * 2_654_435_761 if roll % 4 else roll
    if owner % 3:
        return IPv4Address(0x0A_00_00_00 | place & 0xFF_FF_FF)
    return IPv6Address(0x2001_0DB8 << 96 | (place & 0xFFFF_FFFF) << 64 | roll & 0xFFFF)
