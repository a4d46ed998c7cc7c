"""How much may be unfinished in an incident at once. Its pages show all of that."""

from django.db.models import QuerySet

from sessions_api.incidents.exceptions import IncidentConflict
from sessions_api.incidents.models.jobs import Job

#: The maximum number of unfinished sign-outs, and of unfinished mails, of an incident.
MOST_UNFINISHED = 50


def require_few_unfinished(jobs: QuerySet[Job]) -> None:
    """Refuse one more if too many are unfinished. Call it while the incident is locked.

    :param jobs: the sign-outs or the mails of an incident.
    :raises IncidentConflict: there are too many.
    """
    if jobs.filter(finished_at=None)[:MOST_UNFINISHED].count() == MOST_UNFINISHED:
        raise IncidentConflict("too_many_unfinished")
