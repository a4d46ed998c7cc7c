"""Notices in the admin: what was sent when, what waits, and what has failed."""

from collections.abc import Sequence

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from killswitches.admin.base import ModelAdmin
from killswitches.relative_times import recent_time
from sessions_api.accounts.lookup import find_accounts
from sessions_api.accounts.privileges import may, permission_on_accounts
from sessions_api.admin.guards import ReadOnlyAdmin, inherited_actions
from sessions_api.admin.links import user_link
from sessions_api.admin.listing.keyset import KeysetAdmin
from sessions_api.admin.sessions.filters import OwnerFilter
from sessions_api.databases.windows import Indexed, Key
from sessions_api.notices.models import Notice, NoticeState, kinds
from sessions_api.notices.services.delivery import retry

#: The column by which the index on the user sorts.
BY_USER = "kind"


class NoticeOwnerFilter(OwnerFilter):
    @property
    def indexed(self) -> Sequence[Indexed] | None:
        """The condition for the user's notices."""
        if self.value() is None:
            return None
        return [] if self.owner is None else [Indexed(Q(user=self.owner), BY_USER)]


class StateFilter(admin.SimpleListFilter):
    """Filters by the state of the mail."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, str]]:
        """Return all states."""
        return [(state.value, str(state.label)) for state in NoticeState]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        """Return the notices in the state."""
        match self.value():
            case None:
                return queryset
            case str(state) if state in NoticeState:
                return queryset.filter(NoticeState(state).condition)
            case _:
                return queryset.none()

    @property
    def indexed(self) -> Sequence[Indexed] | None:
        """An index finds only the notices that wait to be sent."""
        if self.value() != NoticeState.WAITING:
            return None
        return [Indexed(NoticeState.WAITING.condition, "due_at")]


class KindFilter(admin.SimpleListFilter):
    """Filters by the kind of notice."""

    title = _("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, str]]:
        """Return all kinds."""
        return [(value, str(label)) for value, label in kinds()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        """Return the notices of the kind."""
        return queryset if self.value() is None else queryset.filter(kind=self.value())


@admin.register(Notice)
class NoticeAdmin(KeysetAdmin, ReadOnlyAdmin):
    """Shows what was sent to whom, without the mails: they are not stored, nor are their links."""

    key = Key(Notice, ("created_at", "pk"))
    list_display = ["created", "kind", "owner", "state", "attempts", "sent"]
    fields = [
        "created",
        "kind",
        "owner",
        "address",
        "state",
        "attempts",
        "attempted",
        "error",
        "due",
        "give_up",
        "sent",
        "disowned",
        "link_closed",
    ]
    list_filter = [NoticeOwnerFilter, StateFilter, KindFilter]
    actions = ["retry"]
    # Makes Django show the search box. The search itself is in `find`.
    search_fields = ["user"]
    search_help_text = _("Exact username, email or user ID")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Notice]:
        """Prefetch the users of the rows that are read; a join would fetch those of all matches."""
        return super().get_queryset(request).prefetch_related("user")

    def find(self, term: str) -> Sequence[Indexed]:
        """Return the meanings of a search term."""
        return [Indexed(Q(user=key), BY_USER) for key in find_accounts(term)]

    def has_delete_permission(self, request: HttpRequest, obj: Notice | None = None) -> bool:
        """Return whether the user may delete accounts, which deletes their notices.

        Notices cannot be deleted on their own.
        """
        return may(request.user, permission_on_accounts("delete"))

    # What an action is depends on the version of Django.
    def get_actions(  # type: ignore[override]
        self, request: HttpRequest, action_location: object = None
    ) -> dict[str, object]:
        """Return the actions, without Django's for deleting rows."""
        actions = inherited_actions(super().get_actions, request, action_location)
        actions.pop("delete_selected", None)
        return actions

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        """Refuse.

        :raises PermissionDenied: always.
        """
        raise PermissionDenied

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, object],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Notice | None = None,
    ) -> HttpResponse:
        """Render the page, without a button that deletes."""
        context["show_delete"] = False
        return super().render_change_form(request, context, add, change, form_url, obj)

    def has_retry_permission(self, request: HttpRequest) -> bool:
        """Return whether the user may change notices, as the action ``retry`` requires."""
        return self.is_permitted(request, "change")

    @admin.action(permissions=["retry"], description=_("Send failed and held back notices again"))
    def retry(self, request: HttpRequest, queryset: QuerySet[Notice]) -> None:
        """Send those of the selected notices that have not been sent."""
        count = retry(queryset.order_by())
        text = ngettext("%(count)s notice will be sent.", "%(count)s notices will be sent.", count)
        messages.info(
            request, text % {"count": count} if count else gettext("There was nothing to send.")
        )

    @admin.display(description=_("created"))
    def created(self, notice: Notice) -> str:
        return recent_time(notice.created_at)

    @admin.display(description=_("user"))
    def owner(self, notice: Notice) -> str:
        """Return the owner of the account, as a link."""
        return user_link(self.admin_site, notice.user_id, notice.user.get_username())

    @admin.display(description=_("state"))
    def state(self, notice: Notice) -> str:
        return str(notice.state.label)

    @admin.display(description=_("last attempt"))
    def attempted(self, notice: Notice) -> str:
        return recent_time(notice.attempted_at) or self.get_empty_value_display()

    @admin.display(description=_("next attempt"))
    def due(self, notice: Notice) -> str:
        return recent_time(notice.due_at) or self.get_empty_value_display()

    @admin.display(description=_("to be given up"))
    def give_up(self, notice: Notice) -> str:
        """Return when it is given up, while it waits."""
        if notice.state is not NoticeState.WAITING:
            return self.get_empty_value_display()
        return recent_time(notice.give_up_at)

    @admin.display(description=_("sent"))
    def sent(self, notice: Notice) -> str:
        return recent_time(notice.sent_at) or self.get_empty_value_display()

    @admin.display(description=_("owner said it was not them"))
    def disowned(self, notice: Notice) -> str:
        """Return when the link was used."""
        return recent_time(notice.disowned_at) or self.get_empty_value_display()

    @admin.display(description=_("link closed"))
    def link_closed(self, notice: Notice) -> str:
        """Return since when the link no longer works, apart from its age."""
        return recent_time(notice.link_closed_at) or self.get_empty_value_display()
