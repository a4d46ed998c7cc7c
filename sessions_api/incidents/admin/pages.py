"""What the pages of incidents share: permissions, context, and the way back to the room."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.urls.resolvers import URLPattern
from django.utils.translation import gettext

from killswitches.expired import nothing_changed
from sessions_api.accounts.privileges import END_SESSIONS, VIEW_SESSIONS, may
from sessions_api.admin.guards import ReadOnlyAdmin, authority_errors_as_403
from sessions_api.admin.links import redirect_not_found
from sessions_api.incidents.admin.numbers import numbered
from sessions_api.incidents.exceptions import IncidentConflict, InvalidIncident
from sessions_api.incidents.models import Incident
from sessions_api.incidents.privileges import CHANGE_INCIDENTS
from sessions_api.incidents.refusals import in_words
from sessions_api.incidents.services.participants import left_since
from sessions_api.services.audit import Actor

#: A page of an incident that exists, for a user who may view incidents.
Page = Callable[[HttpRequest, Incident], HttpResponse]


class IncidentPages(ReadOnlyAdmin):
    """The base of the pages of incidents."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Return whether the user may open incidents, and view them afterwards."""
        return self.has_view_permission(request) and self.is_permitted(request, "add")

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Return whether the user may work on incidents."""
        return self.has_view_permission(request) and self.is_permitted(request, "change")

    def has_end_permission(self, request: HttpRequest) -> bool:
        """Return whether the user may end sessions from the room of an incident."""
        return self.has_change_permission(request) and may(request.user, END_SESSIONS)

    def has_preview_permission(self, request: HttpRequest) -> bool:
        """Return whether the user may see which sessions an incident is about."""
        return may(request.user, VIEW_SESSIONS)

    def incident_page(self, name: str, view: Callable[..., HttpResponse]) -> URLPattern:
        """Return the URL pattern of a page below the room, called like the room with its name."""
        return path(
            f"<path:object_id>/{name.replace('_', '-')}/",
            self.admin_site.admin_view(view),
            name=f"{self.opts.app_label}_{self.opts.model_name}_{name}",
        )

    def incident_url(self, page: str, *args: object) -> str:
        """Return the URL of a page of incidents, by its name without the prefix."""
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_{page}"
        return reverse(name, args=args, current_app=self.admin_site.name)

    def room_url(self, incident: Incident) -> str:
        """Return the URL of the room of an incident."""
        return self.incident_url("change", incident.pk)

    def find(self, request: HttpRequest, object_id: str) -> Incident | None:
        """Return an incident; None if there is none.

        :raises PermissionDenied: the user may not view incidents.
        """
        if not self.has_view_permission(request):
            raise PermissionDenied
        incident: Incident | None = self.get_object(request, unquote(object_id))
        return incident

    def show(self, request: HttpRequest, object_id: str, page: Page) -> HttpResponse:
        """Return a page of an incident; if there is none, redirect with a message."""
        incident = self.find(request, object_id)
        if incident is None:
            return redirect_not_found(self, request, object_id)
        return page(request, incident)

    def perform(
        self,
        request: HttpRequest,
        object_id: str,
        is_permitted: Callable[[HttpRequest], bool],
        deed: Callable[[Incident], str],
    ) -> HttpResponse:
        """Do what was posted to an incident, and return to its room.

        :param deed: does it, and returns the message; an empty one if there is nothing to say.
        :raises PermissionDenied: the user may not, or no longer.
        """
        if not is_permitted(request):
            raise PermissionDenied

        def page(request: HttpRequest, incident: Incident) -> HttpResponse:
            if request.method != "POST":
                return nothing_changed(
                    request,
                    self.room_url(incident),
                    gettext("Nothing was changed. If you were logged out, please try again."),
                )
            with self.conflicts_as_messages(request):
                if done := deed(incident):
                    messages.success(request, done)
            return HttpResponseRedirect(self.room_url(incident))

        return self.show(request, object_id, page)

    @contextmanager
    def conflicts_as_messages(self, request: HttpRequest) -> Iterator[None]:
        """Tell the user why a service in the block has refused.

        :raises PermissionDenied: they may no longer do it.
        """
        try:
            with authority_errors_as_403(), self.leaving_as_message(request):
                yield
        except (IncidentConflict, InvalidIncident) as error:
            messages.warning(request, in_words(error))

    @contextmanager
    def leaving_as_message(self, request: HttpRequest) -> Iterator[None]:
        """Tell the user which incident they have left, if they joined another one in the block."""
        left_meanwhile = left_since(Actor.of(request))
        yield
        if left := left_meanwhile():
            text = gettext(
                "You have left “%(name)s”, since everybody takes part in one incident at a time."
            )
            messages.warning(request, text % {"name": numbered(left)})

    def actor(self, request: HttpRequest, *permissions: str) -> Actor:
        """Return the user as an actor who works on incidents.

        :param permissions: further ones by which they act.
        """
        return Actor.of(request, CHANGE_INCIDENTS, *permissions)

    def page(self, request: HttpRequest, template: str, context: dict[str, object]) -> HttpResponse:
        """Return a page of incidents."""
        request.current_app = self.admin_site.name
        context = {**self.admin_site.each_context(request), "opts": self.opts, **context}
        return TemplateResponse(request, f"admin/sessions_api_incidents/{template}", context)
