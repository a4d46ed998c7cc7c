"""The amounts to measure, in the short and the long form."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    """Numbers of rows and repetitions, and durations.

    :param sessions: the number of sessions in the big table.
    :param users: the number of users who own them.
    :param rows: the number of rows in each contender's table.
    :param rounds: the number of rounds in which contenders take turns. Many short rounds, so that
        disturbances affect all of them alike.
    :param seconds: the duration of a contender's turn.
    :param samples: the number of samples of each endpoint and page.
    :param trials: the number of trials of how soon a revocation and a flip take effect.
    :param expired: the number of rows to prune.
    :param storm: the duration of the storm of logins, in seconds.
    :param arrivals: the duration of each series of requests in an open loop, in seconds.
    :param barest: whether to measure the peers' minimal configurations too.
    :param callers: the maximum number of callers of each contender, and of readers in other
        scenarios; high enough that none exceeds a rate limit.
    :param largest: the number of sessions of the user with the most.
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
    arrivals: float
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
    arrivals=3.0,
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
    arrivals=20.0,
    barest=True,
    callers=2000,
)
