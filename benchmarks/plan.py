"""How much is measured: the short form and the long one."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    """Numbers of rows, of repetitions, and seconds.

    :param sessions: of the big table, of so many ``users``, one of whom has ``largest``.
    :param rows: of each contender's table, the same for all.
    :param rounds: in which the contenders take turns, each for ``seconds``: many short ones, for
        what else the machine does then touches all of them alike.
    :param callers: of each contender at the most, and of those who read elsewhere; so many that
        no rate limit is met.
    :param samples: of each endpoint and page.
    :param trials: of how soon a revocation and a flip are known.
    :param expired: rows to prune.
    :param storm: seconds of logins.
    :param barest: whether the peers race a second time, at their barest.
    """

    sessions: int
    users: int
    rows: int
    rounds: int
    seconds: float
    samples: int
    trials: int
    expired: int
    storm: float
    barest: bool
    callers: int
    largest: int = 10_000


SHORT = Plan(
    sessions=100_000,
    users=10_000,
    rows=100_000,
    rounds=7,
    seconds=0.4,
    samples=30,
    trials=100,
    expired=20_000,
    storm=1.2,
    barest=False,
    callers=1000,
)
LONG = Plan(
    sessions=10_000_000,
    users=1_000_000,
    rows=1_000_000,
    rounds=60,
    seconds=0.4,
    samples=300,
    trials=10_000,
    expired=1_000_000,
    storm=20.0,
    barest=True,
    callers=2000,
)
