"""An action in the list of sessions."""

from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from sessions_api.accounts.privileges import may_act_on
from sessions_api.admin import UserSessionAdmin
from sessions_api.admin.guards import authority_errors_as_403
from sessions_api.models import UserSessionQuerySet
from sessions_api.services.audit import Actor

from .services import report_lost

#: The list may hold millions of sessions.
MOST = 100


@admin.action(permissions=["delete"], description=_("Report the devices as lost"))
def report_devices_as_lost(
    sessions_admin: UserSessionAdmin, request: HttpRequest, queryset: UserSessionQuerySet
) -> None:
    chosen = list(queryset[: MOST + 1])
    if len(chosen) > MOST:
        messages.error(request, gettext("Select at most %(most)s sessions.") % {"most": MOST})
        return
    actor = Actor.of(request, "sessions_api.delete_usersession")
    with authority_errors_as_403():
        lost = [
            report_lost(session, actor=actor, reason="Reported to staff")
            for session in chosen
            if may_act_on(request.user, session.user)
        ].count(True)
    text = ngettext("%(count)s device was logged out.", "%(count)s devices were logged out.", lost)
    messages.info(request, text % {"count": lost})


UserSessionAdmin.add_action(report_devices_as_lost)
