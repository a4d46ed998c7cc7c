"""The counts of logins, which are those of networks: who guesses passwords tries many accounts."""

from sessions_api.ratelimits import rates
from sessions_api.ratelimits.rates import distinct
from sessions_api.ratelimits.reservations import Quota

#: The bucket in which all logins count.
BUCKET = "login"


def bucket_of_failures(bucket: str) -> str:
    """Return the name of the bucket in which only the failures of another one count."""
    return f"failed {bucket}"


def quotas_of_logins(network: str) -> list[Quota]:
    """Return all quotas that logins from a network are charged to, at whichever endpoint or page.

    :param network: as returned by :func:`~sessions_api.callers.clients.network_of`.
    """
    all_logins = [Quota(BUCKET, network, rate) for rate in distinct(rates.LOGINS)]
    return [*all_logins, Quota(bucket_of_failures(BUCKET), network, rates.ADMIN_LOGIN.current)]
