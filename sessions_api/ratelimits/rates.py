"""All rates. Policies and services say where each of them applies."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Rate:
    """At most ``limit`` requests in each window of ``period`` seconds.

    :raises ValueError: one of them is not a positive integer.
    """

    limit: int
    period: int

    def __post_init__(self) -> None:
        for number in (self.limit, self.period):
            if type(number) is not int or number < 1:
                raise ValueError(f"A rate needs positive integers, not {number!r}.")


#: All endpoints together, per user or network.
GENERAL = Rate(limit=100, period=60)
#: Each endpoint that has no rate of its own, per user or network.
BURST = Rate(limit=3, period=1)

#: Logins of v5, per network.
LOGIN = Rate(limit=4, period=300)
#: Logins of v3 and v4, per network.
OLDER_LOGIN = Rate(limit=3, period=180)
#: Failed logins to the admin, per network. Successful ones are refunded, because staff who share an
#: office share an address.
ADMIN_LOGIN = LOGIN

#: Creation of scoped sessions, per network.
SCOPED_SESSION = Rate(limit=4, period=300)

#: Wrong passwords at a reverification, per user: a stolen session must not be usable to guess its
#: owner's password.
WRONG_PASSWORDS = Rate(limit=5, period=300)
#: Wrong answers to challenges, per user. A challenge requires the right password, so others cannot
#: use up the limit.
WRONG_ANSWERS = (Rate(limit=5, period=300), Rate(limit=50, period=86_400))
