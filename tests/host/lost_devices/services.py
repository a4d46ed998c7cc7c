"""The verb that the API and the admin share."""

from django.db import transaction

from sessions_api.models import UserSession
from sessions_api.services.audit import Actor, record
from sessions_api.services.notices import tell
from sessions_api.services.sessions import end_sessions

from .events import DeviceEvent
from .mails import DeviceNotice


def report_lost(session: UserSession, *, actor: Actor, reason: str) -> bool:
    """Log a lost device out.

    :returns: whether this call did it, rather than another one at the same time.
    :raises InsufficientPermissions: the device is a superuser's, and the actor is none.
    """
    owner = session.user
    with transaction.atomic():
        its_session = UserSession.objects.filter(pk=session.pk)
        if not end_sessions(its_session, actor=actor, owner=owner, reason=reason):
            return False
        record(DeviceEvent.LOST, actor, subject=owner, reason=reason, device=session.name)
        tell(DeviceNotice.LOST, owner, actor=actor, device=session.name)
    return True
