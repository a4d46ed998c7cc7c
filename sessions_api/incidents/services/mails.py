"""Telling the owners of sessions that an incident has ended, by one mail each."""

from collections.abc import Mapping, Sequence

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import connections, transaction
from django.utils import timezone
from django.utils.translation import gettext

from sessions_api.accounts.kinds import AccountKey
from sessions_api.accounts.lookup import lock_all
from sessions_api.incidents.events import IncidentEvent, IncidentNotice
from sessions_api.incidents.exceptions import IncidentConflict, InvalidIncident
from sessions_api.incidents.models import Incident, OwnersMail
from sessions_api.incidents.models.jobs import TEXT_LENGTH
from sessions_api.incidents.privileges import CHANGE_INCIDENTS
from sessions_api.incidents.services.authority import authority_of
from sessions_api.incidents.services.ceilings import require_few_unfinished
from sessions_api.incidents.services.incidents import (
    join_locked,
    key_of,
    locked,
    plain_lines,
    record_of,
)
from sessions_api.incidents.signals import job_due
from sessions_api.services.audit import Actor
from sessions_api.services.authority import require_authority
from sessions_api.services.notices import notices, tell
from sessions_api.signals import send_after_commit

#: How many owners are told in one transaction.
BATCH = 500


def can_tell() -> bool:
    """Return whether mails to owners are sent: notices are installed, and this kind is wanted."""
    return notices().are_sent(IncidentNotice.INCIDENT)


def untold(incident: Incident) -> int:
    """Return how many owners of sessions that were ended have had no mail yet."""
    return incident.owners.filter(mail=None).count()


def suggested_text() -> str:
    """Return a text for the mail, in the active language."""
    return gettext(
        "Somebody may have used your account without your knowledge. To protect it, we have ended "
        "sessions of your account: please log in again. If you use your password elsewhere too, "
        "choose a new one."
    )


def tell_owners(incident: Incident, text: str, *, actor: Actor, once: bool = False) -> OwnersMail:
    """Mail a text to all owners of ended sessions who have had no mail of this incident yet.

    It is sent in the background. Those whose sessions are ended later can be told by another one.

    :param text: paragraphs, separated by empty lines; cut to 4,000 characters.
    :param once: whether to refuse this while an earlier mail has not finished, such as for a form
        that may be sent twice.
    :raises IncidentConflict: the incident is closed, there is nobody to tell, there is an earlier
        mail, there are too many that have not finished, or mail is off.
    """
    if not can_tell():
        raise IncidentConflict("mail_is_off")
    with transaction.atomic():
        incident = locked(incident.pk, actor)
        if once and incident.mails.filter(finished_at=None).exists():
            raise IncidentConflict("unfinished")
        require_few_unfinished(incident.mails.all())
        join_locked(incident, actor=actor)
        expected = untold(incident)
        if not expected:
            raise IncidentConflict("nobody_to_tell")
        now = timezone.now()
        mail = OwnersMail.objects.create(
            incident=incident,
            requested_by_id=key_of(actor),
            requested_by_name=actor.shown_name,
            requested_at=now,
            due_at=now,
            text=plain_lines(text)[:TEXT_LENGTH],
            expected=expected,
        )
        record_of(IncidentEvent.OWNERS_TOLD, incident, actor, mail=mail.pk, owners=expected)
        send_after_commit(job_due, OwnersMail)
    return mail


def stop_mail(mail: OwnersMail, *, actor: Actor) -> OwnersMail:
    """Stop a mail: owners who have not been told yet are not told by it, but may be by another.

    :raises IncidentConflict: it has finished.
    """
    with transaction.atomic():
        incident = locked(mail.incident_id, actor, may_be_closed=True)
        found = OwnersMail.objects.select_for_update().filter(pk=mail.pk).first()
        if found is None:
            raise InvalidIncident
        if found.is_finished:
            raise IncidentConflict("finished")
        join_locked(incident, actor=actor)
        found.was_stopped = True
        _finish(found)
        told = {"mail": found.pk, "owners": found.told}
        record_of(IncidentEvent.MAIL_STOPPED, incident, actor, **told)
    return found


def run_mail(mail: OwnersMail) -> None:
    """Write the next notices of a mail, and finish it if there is nobody left.

    :raises InvalidIncident: the account of who has requested it has been deleted.
    :raises ApiError: they may no longer do this.
    """
    with transaction.atomic():
        # Locked first, as elsewhere: two mails of an incident share its owners.
        incident = Incident.objects.select_for_update(no_key=True).get(pk=mail.incident_id)
        mail = OwnersMail.objects.select_for_update().get(pk=mail.pk)
        if mail.is_finished:
            return
        require_authority(authority_of(mail, CHANGE_INCIDENTS))
        untold = incident.owners.filter(mail=None).order_by("pk")
        rows: dict[int, AccountKey] = dict(untold.values_list("pk", "user")[:BATCH])
        is_last = len(rows) < BATCH
        told = [one for one in _locked(mail, rows) if notices().reach(IncidentNotice.INCIDENT, one)]
        actor = Actor(name=mail.requested_by_name)
        tell(IncidentNotice.INCIDENT, *told, actor=actor, mail=mail.pk)
        incident.owners.filter(pk__in=rows).update(mail=mail)
        mail.told += len(told)
        mail.skipped += len(rows) - len(told)
        if is_last:
            _finish(mail)
        else:
            mail.save(update_fields=["told", "skipped"])


def write(kind: str, names: Mapping[str, object]) -> Sequence[str]:
    """Return the subject and the paragraphs of the mail; see the port of notices."""
    mail = OwnersMail.objects.filter(pk=str(names["mail"])).first()
    subject = gettext("About your account at %(site)s") % {"site": names["site"]}
    return [subject, *(mail.text.split("\n\n") if mail else [suggested_text()])]


def _locked(mail: OwnersMail, rows: dict[int, AccountKey]) -> list[AbstractBaseUser]:
    """Lock the accounts of owners, so that none is deleted before their notices are written.

    :param rows: the accounts by the rows of owners. Those that are being deleted are taken out.
    """
    accounts = lock_all(rows.values())
    skips = connections[OwnersMail.objects.db].features.has_select_for_update_skip_locked
    owners = mail.incident.owners.filter(pk__in=rows).select_for_update(skip_locked=skips)
    # Who deletes an account deletes the owner first, and waits for the account then.
    free = dict(owners.values_list("pk", "user"))
    for pk in rows.keys() - free.keys():
        del rows[pk]
    kept = set(free.values())
    return [one for one in accounts if one.pk in kept]


def _finish(mail: OwnersMail) -> None:
    mail.finished_at, mail.due_at, mail.error = timezone.now(), None, ""
    fields = ["told", "skipped", "was_stopped", "finished_at", "due_at", "error"]
    mail.save(update_fields=fields)
