"""Listing and removing second factors in the admin, which never shows their secrets."""

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import unquote
from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path
from django.urls.resolvers import URLPattern
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from killswitches.relative_times import recent_time
from sessions_api.accounts.lookup import all_accounts, find_by_id
from sessions_api.accounts.privileges import may_act_on
from sessions_api.admin.guards import ReadOnlyAdmin, authority_errors_as_403, reachable
from sessions_api.admin.links import user_link, visible_user_url
from sessions_api.admin.reasons import ReasonField
from sessions_api.admin.sessions.filters import OwnerFilter
from sessions_api.second_factors.models import SecondFactor
from sessions_api.second_factors.privileges import REMOVE_SECOND_FACTORS
from sessions_api.second_factors.services.enrolment import remove_factors
from sessions_api.services.audit import Actor

#: The name of the page that removes all factors of one user; its argument is the quoted key.
REMOVE_ALL = "second_factors_secondfactor_remove_all"

#: The maximum number of factors that the confirmation page lists.
LISTED = 10


class RemovalForm(forms.Form):
    """Asks why the factors are removed."""

    reason = ReasonField()


@admin.register(SecondFactor)
class SecondFactorAdmin(ReadOnlyAdmin):
    """Deleting factors removes them through the API's service, after a confirmation."""

    actions = ["delete_selected"]
    # Neither the secret nor the credential.
    fields = list_display = ("name", "owner", "type", "created", "last_used")
    list_filter = [OwnerFilter, "type"]
    list_select_related = ["user"]
    search_fields = [f"user__{get_user_model().USERNAME_FIELD}", "name"]
    search_help_text = _("Part of the username or of the name")

    @admin.display(description=_("created"), ordering="created_at")
    def created(self, factor: SecondFactor) -> str:
        """Return when it was enrolled."""
        return recent_time(factor.created_at) or self.get_empty_value_display()

    @admin.display(description=_("last used"), ordering="last_used_at")
    def last_used(self, factor: SecondFactor) -> str:
        """Return when it was last used."""
        return recent_time(factor.last_used_at) or self.get_empty_value_display()

    @admin.display(description=_("user"))
    def owner(self, factor: SecondFactor) -> str:
        """Return the owner, as a link."""
        return user_link(self.admin_site, factor.user_id, factor.user.get_username())

    def has_delete_permission(self, request: HttpRequest, obj: SecondFactor | None = None) -> bool:
        """Require Django's permission; only superusers may remove factors of superusers.

        Nobody can remove their own here, because the API requires a password and a factor for that.
        """
        if obj is None:
            return self.is_permitted(request, "delete")
        return self.may_remove_all(request, obj.user)

    def may_remove_all(self, request: HttpRequest, owner: AbstractBaseUser) -> bool:
        """Return whether the user may remove the factors of an account."""
        return (
            self.is_permitted(request, "delete")
            and owner != request.user
            and may_act_on(request.user, owner)
        )

    def get_urls(self) -> list[URLPattern]:
        """Add the page that removes all factors of a user."""
        view = self.admin_site.admin_view(self.remove_all_view)
        return [path("of/<path:user_id>/remove/", view, name=REMOVE_ALL), *super().get_urls()]

    @admin.action(permissions=["delete"], description=_("Remove selected second factors"))
    def delete_selected(
        self, request: HttpRequest, queryset: QuerySet[SecondFactor]
    ) -> HttpResponse | None:
        """Remove the selected factors, after a confirmation."""
        return self._remove(
            request,
            reachable(request, queryset, "user__").exclude(user=request.user.pk),
            action="delete_selected",
            action_checkbox_name=ACTION_CHECKBOX_NAME,
            selected=request.POST.getlist(ACTION_CHECKBOX_NAME),
            select_across=request.POST.get("select_across", ""),
        )

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        """Remove one factor, after a confirmation."""
        factor = self.get_object(request, unquote(object_id))
        if not self.has_delete_permission(request, factor):
            raise PermissionDenied
        factors = SecondFactor.objects.filter(pk=factor.pk if factor else None)
        return self._remove(request, factors, **(extra_context or {})) or self._to_list(request)

    def remove_all_view(self, request: HttpRequest, user_id: str) -> HttpResponse:
        """Remove all factors of a user, after a confirmation.

        :raises Http404: there is no such user.
        """
        user = find_by_id(unquote(user_id))
        if user is None:
            raise Http404
        if not self.may_remove_all(request, user):
            raise PermissionDenied
        factors = SecondFactor.objects.filter(user_id=user.pk)
        back = visible_user_url(self.admin_site, request, user.pk)
        if page := self._remove(request, factors, back=back):
            return page
        return HttpResponseRedirect(back) if back else self._to_list(request)

    def _remove(
        self, request: HttpRequest, factors: QuerySet[SecondFactor], **context: object
    ) -> HttpResponse | None:
        """Return the confirmation page; None once confirmed, or if there is nothing to remove."""
        form = RemovalForm(request.POST if "confirmed" in request.POST else None)
        if form.is_valid():
            _remove_and_report(request, factors, form.cleaned_data["reason"])
            return None
        found = factors.aggregate(factors=Count("pk"), users=Count("user", distinct=True))
        if not found["factors"]:
            _report_nothing(request)
            return None
        context |= {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": gettext("Remove second factors"),
            "found": found,
            "listed": factors.select_related("user")[:LISTED],
            "form": form,
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/second_factors/remove_factors.html", context)

    def _to_list(self, request: HttpRequest) -> HttpResponse:
        """Redirect to the list, which shows the message."""
        return self.response_post_save_change(request, None)


def _remove_and_report(request: HttpRequest, factors: QuerySet[SecondFactor], reason: str) -> None:
    """Remove the factors, and report their number."""
    actor = Actor.of(request, REMOVE_SECOND_FACTORS)
    owners = all_accounts().filter(pk__in=factors.order_by().values("user"))
    with authority_errors_as_403(), transaction.atomic():
        # Always in the same order, so that parallel requests cannot deadlock.
        removed = [
            ids
            for owner in owners.order_by("pk")
            if (ids := remove_factors(owner, factors, actor=actor, reason=reason))
        ]
    if not removed:
        _report_nothing(request)
        return
    count = sum(map(len, removed))
    text = ngettext("Removed %(count)s second factor.", "Removed %(count)s second factors.", count)
    messages.success(request, text % {"count": count})


def _report_nothing(request: HttpRequest) -> None:
    messages.warning(
        request, gettext("There is no such second factor any more; nothing was changed.")
    )
