"""With whose authority a job runs, which each of its batches checks again."""

from sessions_api.incidents.exceptions import InvalidIncident
from sessions_api.incidents.models import Job
from sessions_api.models.accounts import DeletedAccount
from sessions_api.services.audit import Actor


def authority_of(job: Job, *permissions: str) -> Actor:
    """Return with whose authority a job runs: of who has requested it, or has resumed it since.

    :param permissions: those by which it runs.
    :raises InvalidIncident: their account has been deleted.
    """
    account, name = job.runs_for
    if account is None:
        return Actor(name=name)
    if isinstance(account, DeletedAccount):
        raise InvalidIncident
    return Actor(user=account, permissions=permissions)
