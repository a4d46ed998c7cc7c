"""Every rate there is. Which of them holds where, a policy or a service says."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Rate:
    """At most ``limit`` requests in each window of ``period`` seconds.

    :raises ValueError: unless both are positive integers.
    """

    limit: int
    period: int

    def __post_init__(self) -> None:
        for number in (self.limit, self.period):
            if type(number) is not int or number < 1:
                raise ValueError(f"A rate needs positive integers, not {number!r}.")


#: All endpoints together, per caller.
GENERAL = Rate(limit=100, period=60)
#: Each endpoint for itself, per caller, unless it has a rate of its own.
BURST = Rate(limit=3, period=1)

#: Logins of v5, per network.
LOGIN = Rate(limit=4, period=300)
#: Logins of v3 and v4, per network.
OLDER_LOGIN = Rate(limit=3, period=180)
#: Failed logins of the admin. Those who share an office begin their shift at the same address.
ADMIN_LOGIN = LOGIN

#: Making scoped sessions, per network.
SCOPED_SESSION = Rate(limit=4, period=300)

#: Wrong passwords per user, so that a stolen session cannot guess its owner's password.
WRONG_PASSWORDS = Rate(limit=5, period=300)
#: Wrong answers to challenges per user. Nobody gets as far as an answer without the password, so a
#: stranger cannot use this up.
WRONG_ANSWERS = (Rate(limit=5, period=300), Rate(limit=50, period=86_400))
