"""The confirmation page for ending any number of sessions, and what it does once confirmed.

Few sessions are ended at once, more in the batches of a bulk sign-out.
"""

import json
import logging
from collections.abc import Collection

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import BadRequest
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext, ngettext, override

from sessions_api.accounts.kinds import AccountKey
from sessions_api.accounts.privileges import END_SESSIONS, is_unrestricted, within_reach
from sessions_api.admin.bulk_sign_outs.criteria import (
    MAX_SELECTED,
    Criteria,
    Matching,
    Selected,
    of_users,
    read_criteria,
)
from sessions_api.admin.bulk_sign_outs.forms import EndSessionsForm
from sessions_api.admin.bulk_sign_outs.stored import stored_criteria
from sessions_api.databases.sizes import grouped
from sessions_api.models import BulkSignOut, UserSession, UserSessionQuerySet
from sessions_api.services.audit import Actor
from sessions_api.services.bulk_sign_outs import begin_bulk_sign_out, end_if_few, run_next_batch
from sessions_api.services.ended_sessions import EndedSessions
from sessions_api.services.session_previews import (
    Found,
    count,
    count_skipped,
    preview,
)

logger = logging.getLogger(__name__)


def confirmation_page(
    site: AdminSite,
    request: HttpRequest,
    criteria: Criteria,
    *,
    back: str,
    form: EndSessionsForm | None = None,
) -> TemplateResponse | None:
    """Return the page that asks for confirmation.

    :param back: the path to return to.
    :param form: the posted form, if it was invalid.
    :returns: None if there is nothing to end; a message says so.
    """
    sessions = criteria.sessions(site, request)
    shown = preview(Actor.of(request).account, sessions)
    _report_others(request, criteria, shown.found, shown.skipped)
    if shown.found.sessions == 0:
        _report_no_match(request)
        return None
    initial = {"criteria": json.dumps(criteria.as_data()), "back": back}
    context = {
        **site.each_context(request),
        "opts": UserSession._meta,
        "title": gettext("End sessions"),
        "form_url": admin_url(site, "usersession_confirm_end"),
        "form": form
        or EndSessionsForm(everybody=_is_everybody(criteria, sessions), initial=initial),
        "what": criteria,
        "preview": shown,
        "may_view": site.get_model_admin(UserSession).has_view_permission(request),
        "back": back,
    }
    request.current_app = site.name
    return TemplateResponse(request, "admin/sessions_api/end_sessions.html", context)


def confirmation_page_for_users(
    site: AdminSite,
    request: HttpRequest,
    users: Collection[AccountKey],
    keep: Collection[int] = (),
) -> TemplateResponse | None:
    """Like :func:`confirmation_page`, for all sessions of selected users.

    :param users: the primary keys of the users.
    :param keep: the primary keys of sessions that stay active.
    """
    if max(len(users), len(keep)) > MAX_SELECTED:
        text = gettext("Nothing was ended. Select at most %(count)s.")
        messages.error(request, text % {"count": grouped(MAX_SELECTED)})
        return None
    return confirmation_page(site, request, of_users(users, keep), back=request.get_full_path())


def end_confirmed(site: AdminSite, request: HttpRequest) -> HttpResponse:
    """End the sessions for which the posted form is the confirmation.

    :raises BadRequest: the form was not posted by the page.
    """
    criteria = read_criteria(request.POST.get("criteria", ""))
    sessions = criteria.sessions(site, request)
    form = EndSessionsForm(request.POST, everybody=_is_everybody(criteria, sessions))
    if not form.is_valid() and form.is_forged:
        raise BadRequest("Not a valid confirmation")
    back = form.cleaned_data["back"]
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        back = admin_url(site, "usersession_changelist")
    if not form.is_valid():
        page = confirmation_page(site, request, criteria, back=back, form=form)
        return page or HttpResponseRedirect(back)
    reason, actor = form.cleaned_data["reason"], Actor.of(request, END_SESSIONS)
    reached = within_reach(request.user, sessions, "user__")
    ended = end_if_few(reached, actor=actor, reason=reason, owners=criteria.owners)
    if ended is not None:
        _report(request, criteria, sessions, ended)
        return HttpResponseRedirect(back)
    # It is stored, so it is not translated.
    with override("en"):
        what = str(criteria)
    sign_out = begin_bulk_sign_out(
        form.cleaned_data["confirmation"],
        actor=actor,
        reason=reason,
        what=what,
        criteria=criteria.as_data(),
        spares_superusers=not is_unrestricted(request.user),
        expected=count(reached).sessions,
        owners=criteria.owners,
    )
    return run_batches_for_a_page(site, request, sign_out)


def run_batches_for_a_page(
    site: AdminSite, request: HttpRequest, sign_out: BulkSignOut
) -> HttpResponse:
    """Run the next batches of a bulk sign-out, then redirect to its page.

    A bulk sign-out that a superuser has confirmed may include sessions of superusers, so only
    superusers can resume it.

    :raises BadRequest: the criteria use a filter that the list no longer has.
    """
    url = admin_url(site, "bulksignout_change", sign_out.pk)
    if not sign_out.spares_superusers and not is_unrestricted(request.user):
        # Anybody else would skip the sessions of superusers, and finish while these are active.
        messages.error(
            request,
            gettext("Nothing was ended. It includes superusers, so only superusers can resume it."),
        )
        return HttpResponseRedirect(url)
    criteria = stored_criteria(sign_out.criteria)
    sessions = criteria.sessions(site, request)
    try:
        sign_out = run_next_batch(
            sign_out, sessions, actor=Actor.of(request, END_SESSIONS), indexed=criteria.indexed
        )
    except OperationalError:
        logger.exception("Bulk sign-out %s was interrupted.", sign_out.pk)
        messages.error(
            request,
            gettext(
                "The database interrupted this. Sessions that have ended stay ended; the rest are "
                "still active. Resume, or stop here."
            ),
        )
        return HttpResponseRedirect(url)
    return HttpResponseRedirect(f"{url}?running" if sign_out.is_open else url)


def admin_url(site: AdminSite, name: str, *args: object) -> str:
    """Return the path of an admin page of this app, by its name without the app's prefix."""
    return reverse(f"admin:sessions_api_{name}", args=args, current_app=site.name)


def _is_everybody(criteria: Criteria, sessions: UserSessionQuerySet) -> bool:
    return isinstance(criteria, Matching) and not sessions.query.where


def _report(
    request: HttpRequest,
    criteria: Criteria,
    sessions: UserSessionQuerySet,
    ended: EndedSessions,
) -> None:
    found = Found(len(ended), len(ended.sids_by_owner), 0)
    _report_others(request, criteria, found, count_skipped(request.user, sessions))
    if ended:
        text = ngettext("Ended %(count)s session.", "Ended %(count)s sessions.", len(ended))
        messages.success(request, text % {"count": found})
    else:
        _report_no_match(request)


def _report_others(
    request: HttpRequest, criteria: Criteria, found: Found, skipped: Found | None
) -> None:
    """Report the selected sessions that were skipped, and those that had already ended."""
    if skipped:
        text = gettext("Skipped (only superusers can end these): %(count)s")
        messages.warning(request, text % {"count": skipped})
    if isinstance(criteria, Selected):
        # They are few enough to be counted.
        counts = [one.sessions or 0 for one in (found, skipped) if one]
        if ended := len(criteria.pks) - sum(counts):
            text = ngettext(
                "%(count)s selected session had already ended.",
                "%(count)s selected sessions had already ended.",
                ended,
            )
            messages.warning(request, text % {"count": ended})


def _report_no_match(request: HttpRequest) -> None:
    messages.warning(request, gettext("No active session matches; nothing was changed."))
