"""All rates. Policies and services determine where each applies, ``RATES`` may set the numbers."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sessions_api.conf import api_settings


@dataclass(frozen=True)
class Rate:
    """At most ``limit`` requests in each window of ``period`` seconds.

    :param name: under which ``RATES`` may set other numbers; "" if it may not.
    :raises ValueError: one of the numbers is not a positive integer.
    """

    limit: int
    period: int
    name: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        for number in (self.limit, self.period):
            if type(number) is not int or number < 1:
                raise ValueError(f"A rate needs positive integers, not {number!r}.")

    @property
    def current(self) -> "Rate":
        """The rate with the numbers of the settings."""
        given = api_settings().RATES
        return Rate(*given[self.name], name=self.name) if self.name in given else self


def distinct(rates: Sequence[Rate]) -> list[Rate]:
    """Return rates with the numbers of the settings, each once: equal ones share a count."""
    return list(dict.fromkeys(rate.current for rate in rates))


#: All endpoints together, per user or network.
GENERAL = Rate(limit=100, period=60, name="GENERAL")
#: Each endpoint that has no rate of its own, per user or network.
BURST = Rate(limit=3, period=1, name="BURST")

#: Logins of v5, per network.
LOGIN = Rate(limit=4, period=300, name="LOGIN")
#: Logins of v3 and v4, per network.
OLDER_LOGIN = Rate(limit=3, period=180, name="OLDER_LOGIN")
#: The rates of all login endpoints. Each login counts towards all of them; see
#: :func:`sessions_api.http.policy.login_rate`, which adds those of other apps.
LOGINS = [LOGIN, OLDER_LOGIN]

#: Failed logins to the admin and on pages, per network. Successful ones are refunded, because
#: people who share an office share an address.
ADMIN_LOGIN = Rate(limit=4, period=300, name="ADMIN_LOGIN")

#: Creation of scoped sessions, per network.
SCOPED_SESSION = Rate(limit=4, period=300, name="SCOPED_SESSION")

#: Downloads of the security history on the account pages, per network: each reads all events of an
#: account.
HISTORY_DOWNLOAD = Rate(limit=10, period=300, name="HISTORY_DOWNLOAD")

#: Wrong passwords at a reverification, per user: a stolen session must not be usable to guess its
#: owner's password.
WRONG_PASSWORDS = Rate(limit=5, period=300, name="WRONG_PASSWORDS")
#: Wrong answers to challenges, per user. A challenge requires the right password, so others cannot
#: use up the limit.
WRONG_ANSWERS = Rate(limit=5, period=300, name="WRONG_ANSWERS")
#: Wrong answers to challenges in a whole day, per user.
WRONG_ANSWERS_PER_DAY = Rate(limit=50, period=86_400, name="WRONG_ANSWERS_PER_DAY")

#: All of them, by name.
BY_NAME = {
    rate.name: rate
    for rate in (
        GENERAL,
        BURST,
        LOGIN,
        OLDER_LOGIN,
        ADMIN_LOGIN,
        SCOPED_SESSION,
        HISTORY_DOWNLOAD,
        WRONG_PASSWORDS,
        WRONG_ANSWERS,
        WRONG_ANSWERS_PER_DAY,
    )
}


def register(rate: Rate) -> Rate:
    """Register a rate of another app, so that ``RATES`` may set its numbers.

    :returns: the rate.
    :raises ValueError: it has no name, or another rate has the name.
    """
    if not rate.name or BY_NAME.get(rate.name, rate) != rate:
        raise ValueError(f"A rate needs a name of its own, not {rate.name!r}.")
    return BY_NAME.setdefault(rate.name, rate)
