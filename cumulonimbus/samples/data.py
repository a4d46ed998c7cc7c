"""Generated logins for the demo, with real user agents.

Addresses are those reserved for documentation (RFC 5737 and RFC 3849).
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class SampleLogin:
    """A login.

    :param age: how long ago it took place.
    :param lifetime: the lifetime of its session.
    :param address: the client's IP address.
    :param location: where that is.
    :param user_agent: the client's user agent.
    """

    age: timedelta
    lifetime: timedelta
    address: str
    location: str
    user_agent: str


_BLINK = "AppleWebKit/537.36 (KHTML, like Gecko)"
_WEBKIT = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
_WINDOWS = "Windows NT 10.0; Win64; x64"
_MAC = "Macintosh; Intel Mac OS X 10_15_7"

USER_AGENTS = (
    f"Mozilla/5.0 ({_WINDOWS}) {_BLINK} Chrome/131.0.0.0 Safari/537.36",
    f"Mozilla/5.0 ({_WINDOWS}) {_BLINK} Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0",
    f"Mozilla/5.0 ({_WINDOWS}) {_BLINK} Chrome/130.0.0.0 Safari/537.36 OPR/115.0.0.0",
    f"Mozilla/5.0 ({_WINDOWS}; rv:133.0) Gecko/20100101 Firefox/133.0",
    f"Mozilla/5.0 ({_MAC}) {_WEBKIT} Version/18.1 Safari/605.1.15",
    f"Mozilla/5.0 ({_MAC}) {_BLINK} Chrome/131.0.0.0 Safari/537.36",
    f"Mozilla/5.0 (X11; Linux x86_64) {_BLINK} Chrome/87.0.4280.88 Safari/537.36",
    "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0",
    (
        f"Mozilla/5.0 (iPhone; CPU iPhone OS 17_6_1 like Mac OS X) {_WEBKIT} Version/17.6"
        " Mobile/15E148 Safari/604.1"
    ),
    (
        f"Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) {_WEBKIT} CriOS/131.0.6778.73"
        " Mobile/15E148 Safari/604.1"
    ),
    (
        f"Mozilla/5.0 (Linux; Android 14; Pixel 8) {_BLINK} Chrome/131.0.6778.81"
        " Mobile Safari/537.36"
    ),
    (
        f"Mozilla/5.0 (Linux; Android 13; SAMSUNG SM-G991B) {_BLINK} SamsungBrowser/27.0"
        " Chrome/125.0.0.0 Mobile Safari/537.36"
    ),
    "Mozilla/5.0 (Android 14; Mobile; rv:133.0) Gecko/133.0 Firefox/133.0",
    "PostmanRuntime/7.43.0",
    "curl/8.5.0",
)

ADDRESSES = (
    "192.0.2.17",
    "192.0.2.140",
    "198.51.100.23",
    "198.51.100.201",
    "203.0.113.9",
    "203.0.113.77",
    "2001:db8:1f:40::7",
    "2001:db8:a2:300:1c5d:44ff:fe21:9b03",
)

#: As a location database would name them.
PLACES = (
    "Berlin, State of Berlin Germany",
    "Boxford, England United Kingdom",
    "Lagos, Lagos Nigeria",
    "Mumbai, Maharashtra India",
    "Osaka, Osaka Japan",
    "São Paulo, São Paulo Brazil",
    "Toronto, Ontario Canada",
)


def sample_logins(username: str) -> Iterator[SampleLogin]:
    """Yield logins over the last five weeks, oldest first; always the same for a username.

    Logins of the last day have a lifetime of a day, as without ``rememberMe``. Older ones have ten
    years, except for one that has expired.
    """
    # Needs to be repeatable, not secure.
    chance = random.Random(username)  # noqa: S311
    user_agents = chance.sample(USER_AGENTS, 8)
    addresses = chance.sample(ADDRESSES, 3)
    minutes = sorted(chance.sample(range(2 * 24 * 60, 35 * 24 * 60), 6), reverse=True)
    minutes += sorted(chance.sample(range(20, 20 * 60), 2), reverse=True)
    for number, (age, user_agent) in enumerate(zip(minutes, user_agents, strict=True)):
        remembered = 0 < number < 6
        address = chance.choice(addresses)
        yield SampleLogin(
            age=timedelta(minutes=age, seconds=chance.randrange(60)),
            lifetime=timedelta(days=3650 if remembered else 1),
            address=address,
            location=PLACES[ADDRESSES.index(address) % len(PLACES)],
            user_agent=user_agent,
        )
