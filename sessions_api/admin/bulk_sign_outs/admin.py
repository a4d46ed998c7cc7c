"""Bulk sign-outs in the admin: their list, and pages that show, resume or stop them."""

from collections.abc import Callable

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import F, Model
from django.db.models.expressions import Combinable, OrderBy
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
)
from django.urls import path
from django.urls.resolvers import URLPattern
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from killswitches.expired import nothing_changed
from killswitches.relative_times import recent_time
from sessions_api.accounts.privileges import END_SESSIONS, may
from sessions_api.admin.bulk_sign_outs.confirmation import admin_url, run_batches_for_a_page
from sessions_api.admin.guards import ReadOnlyAdmin, authority_errors_as_403
from sessions_api.admin.links import may_view, page_url, redirect_not_found
from sessions_api.databases.sizes import grouped
from sessions_api.models import BulkSignOut
from sessions_api.services.audit import Actor
from sessions_api.services.bulk_sign_outs import cancel_bulk_sign_out, home_of

#: An operation on a bulk sign-out, which returns the response.
Operation = Callable[[HttpRequest, BulkSignOut], HttpResponse]


@admin.register(BulkSignOut)
class BulkSignOutAdmin(ReadOnlyAdmin):
    """Users who may end sessions may also view, resume and stop bulk sign-outs."""

    actions = None
    list_display = ["what", "actor_name", "started", "reason", "numbers", "state"]
    fields = [
        "what",
        "actor_name",
        "started",
        "reason",
        "numbers",
        "progress",
        "state",
        "finished",
    ]
    change_form_template = "admin/sessions_api/bulksignout/change_form.html"

    class Media:
        css = {"all": ["killswitches/times.css"]}

    def get_ordering(self, request: HttpRequest) -> list[str | Combinable]:
        """Order by open ones first, then the most recently finished."""
        return [OrderBy(F("finished_at"), descending=True, nulls_first=True), "-pk"]

    @admin.display(description=_("ended sessions"))
    def numbers(self, sign_out: BulkSignOut) -> str:
        """Return how many have ended, of how many if these were counted."""
        if sign_out.expected is None:
            return grouped(sign_out.ended)
        numbers = {"ended": grouped(sign_out.ended), "expected": grouped(sign_out.expected)}
        if not sign_out.is_open:
            return gettext("%(ended)s of %(expected)s") % numbers
        # Some may have ended in other ways.
        left = grouped(max(0, sign_out.expected - sign_out.ended))
        return gettext("%(ended)s of %(expected)s, %(left)s left") % (numbers | {"left": left})

    @admin.display(description=_("started"))
    def started(self, sign_out: BulkSignOut) -> str:
        """Return when it was confirmed."""
        return recent_time(sign_out.confirmed_at)

    @admin.display(description=_("finished"))
    def finished(self, sign_out: BulkSignOut) -> str:
        """Return when it was finished or stopped."""
        return recent_time(sign_out.finished_at) or self.get_empty_value_display()

    @admin.display(description=_("state"))
    def state(self, sign_out: BulkSignOut) -> str:
        """Return whether it is finished, stopped or neither."""
        if sign_out.is_open:
            return format_html("<strong>{}</strong>", gettext("not finished"))
        return gettext("stopped") if sign_out.cancelled else gettext("finished")

    @admin.display(description=_("progress"))
    def progress(self, sign_out: BulkSignOut) -> str:
        """Return a progress bar of how much of the table has been searched."""
        return format_html(
            '<progress max="100" value="{}" aria-label="{}"></progress> {}',
            # With fractions, from which the page tells the remaining time of the first percent.
            f"{sign_out.passed:.6g}",
            gettext("Progress"),
            gettext("%(percent)s%% of all sessions checked") % {"percent": sign_out.percent},
        )

    def get_urls(self) -> list[URLPattern]:
        """Add the views that resume or stop a bulk sign-out."""
        wrap = self.admin_site.admin_view
        prefix = "sessions_api_bulksignout"
        return [
            path(
                "<path:object_id>/resume/",
                wrap(self.next_batch_view),
                name=f"{prefix}_next_batch",
            ),
            path("<path:object_id>/cancel/", wrap(self.cancel_view), name=f"{prefix}_cancel"),
            *super().get_urls(),
        ]

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Allow users who have Django's permission or may resume it."""
        return super().has_view_permission(request, obj) or self.has_end_permission(request)

    def has_end_permission(self, request: HttpRequest) -> bool:
        """Return whether the user may end sessions."""
        return may(request.user, END_SESSIONS)

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, object],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: BulkSignOut | None = None,
    ) -> HttpResponse:
        """Render the page; offer to resume or stop if the user may."""
        if obj is not None and obj.is_open and (home := home_of(obj)):
            context |= {"home": home, "home_url": self._visible_url(request, home)}
        elif obj is not None and obj.is_open and self.has_end_permission(request):
            context |= {
                "next_batch_url": admin_url(self.admin_site, "bulksignout_next_batch", obj.pk),
                "cancel_url": admin_url(self.admin_site, "bulksignout_cancel", obj.pk),
                "is_running": "running" in request.GET,
            }
        return super().render_change_form(request, context, add, change, form_url, obj)

    def next_batch_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Run the next batches, then redirect to the page."""
        return self._perform(request, object_id, self._run_next_batch)

    def cancel_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Stop; the remaining sessions stay active. Redirect to the page."""
        return self._perform(request, object_id, self._cancel)

    def _perform(self, request: HttpRequest, object_id: str, operation: Operation) -> HttpResponse:
        if not self.has_end_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return nothing_changed(request, admin_url(self.admin_site, "bulksignout_changelist"))
        sign_out = self.get_object(request, unquote(object_id))
        if sign_out is None:
            return redirect_not_found(self, request, object_id)
        if home_of(sign_out):
            # Its page says where.
            messages.warning(request, gettext("Nothing was changed."))
            return HttpResponseRedirect(
                admin_url(self.admin_site, "bulksignout_change", sign_out.pk)
            )
        with authority_errors_as_403():
            return operation(request, sign_out)

    def _visible_url(self, request: HttpRequest, home: Model) -> str:
        site = self.admin_site
        return page_url(site, home) if may_view(site, request, type(home)) else ""

    def _run_next_batch(self, request: HttpRequest, sign_out: BulkSignOut) -> HttpResponse:
        return run_batches_for_a_page(self.admin_site, request, sign_out)

    def _cancel(self, request: HttpRequest, sign_out: BulkSignOut) -> HttpResponse:
        if cancel_bulk_sign_out(sign_out, actor=Actor.of(request, END_SESSIONS)):
            messages.success(request, gettext("Stopped. The remaining sessions stay active."))
        else:
            messages.info(request, gettext("There was nothing left to stop."))
        return HttpResponseRedirect(admin_url(self.admin_site, "bulksignout_change", sign_out.pk))
