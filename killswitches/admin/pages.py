"""What the admin's pages of switches share: permissions, context and the way back."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast
from urllib.parse import urlencode

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from .. import drills, impact
from ..approvals.people import Person
from ..expired import nothing_changed
from ..models import REASON_LENGTH
from .base import ServiceManagedAdmin

#: The parameter by which a link to a page names the path that its buttons lead back to.
BACK = "back"


def way_back(request: HttpRequest) -> str:
    """Return the path to lead back to, from the query; empty if it has none on this site."""
    path = request.GET.get(BACK, "")
    is_local = path.startswith("/") and url_has_allowed_host_and_scheme(path, allowed_hosts=None)
    return path if is_local else ""


def back_query(request: HttpRequest) -> str:
    """Return the query that hands the way back on to another page, with its question mark."""
    back = way_back(request)
    return f"?{urlencode({BACK: back})}" if back else ""


class SwitchPages(ServiceManagedAdmin):
    """The base of pages that show switches, or do something with them."""

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Return whether the user may flip and drill switches."""
        return self.is_permitted(request, "change")

    def page(self, request: HttpRequest, template: str, context: dict[str, object]) -> HttpResponse:
        """Return a page of switches."""
        request.current_app = self.admin_site.name
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "may_change": self.has_change_permission(request),
            "reason_length": REASON_LENGTH,
            "knows_endpoints": impact.is_provided(),
            "can_drill": drills.is_provided(),
            "back": way_back(request),
            "back_query": back_query(request),
            **context,
        }
        return TemplateResponse(request, f"admin/killswitches/killswitch/{template}", context)

    def require_view(self, request: HttpRequest) -> None:
        """Refuse users who may not view switches."""
        if not self.has_view_permission(request):
            raise PermissionDenied

    def require_change(self, request: HttpRequest) -> None:
        """Refuse users who may not flip switches."""
        if not self.has_change_permission(request):
            raise PermissionDenied

    @contextmanager
    def acting(self, request: HttpRequest) -> Iterator[Person]:
        """Act as the user in a transaction, then authorize them again.

        They may have waited for somebody else's change.

        :raises PermissionDenied: they may no longer flip switches; nothing is changed.
        """
        with transaction.atomic():
            actor = cast(AbstractBaseUser, request.user)
            yield Person(actor, source=request)
            accounts = get_user_model()._base_manager
            now = accounts.filter(pk=actor.pk, password=actor.password).first()
            request.user = now or AnonymousUser()
            if not self.admin_site.has_permission(request):
                raise PermissionDenied
            self.require_change(request)

    def leave(self, request: HttpRequest) -> HttpResponse:
        """Return a redirect to the page that has led here, or to the list of switches."""
        return redirect(way_back(request) or self.list_url())

    def nothing_changed(self, request: HttpRequest) -> HttpResponse:
        """Lead back as :meth:`leave`, from a URL for POST at which a new login has ended."""
        return nothing_changed(request, way_back(request) or self.list_url())

    def list_url(self) -> str:
        """Return the URL of the list of switches."""
        return self._url("changelist")

    def switch_url(self, number: int) -> str:
        """Return the URL of the page of a switch."""
        return self._url("change", number)

    def _url(self, page: str, *args: int) -> str:
        name = f"admin:killswitches_killswitch_{page}"
        return reverse(name, args=args, current_app=self.admin_site.name)
