"""The history of flips in the Django admin."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from .. import services
from ..models import SwitchFlip
from ..registry import registry
from ..relative_times import recent_time
from .base import ModelAdmin, ServiceManagedAdmin
from .periods import InEffectFilter


class SwitchFilter(admin.SimpleListFilter):
    """Filters flips by the name of the switch."""

    title = _("switch")
    parameter_name = "switch"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, str]]:
        """Return the registered switches."""
        return [(switch.name, switch.name) for switch in registry]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[SwitchFlip]
    ) -> QuerySet[SwitchFlip]:
        """Return the flips of the switch; an unknown name matches nothing."""
        if self.value() is None:
            return queryset
        numbers = [switch.number for switch in registry if switch.name == self.value()]
        return queryset.filter(number__in=numbers)


@admin.register(SwitchFlip)
class SwitchFlipAdmin(ServiceManagedAdmin):
    """The history of all switches, read-only."""

    fields = list_display = (
        "time",
        "switch",
        "enabled",
        "turns_off",
        "only_for",
        "actor_name",
        "second_person",
        "reason",
    )
    list_filter = [SwitchFilter, "enabled", InEffectFilter]
    # A lapse is recorded once it is noticed, possibly after later flips of other switches.
    ordering = ["-at", "-id"]
    search_fields = ["actor_name", "requested_by_name", "reason", "alone_because"]

    class Media:
        css = {"all": ["killswitches/times.css"]}

    @admin.display(description=_("time"), ordering="at")
    def time(self, flip: SwitchFlip) -> str:
        """Return when it was flipped."""
        return recent_time(flip.at)

    @admin.display(description=_("switch"))
    def switch(self, flip: SwitchFlip) -> str:
        """Return the name of the switch."""
        return flip.switch_name

    @admin.display(description=_("turns off"), ordering="until")
    def turns_off(self, flip: SwitchFlip) -> str:
        """Return when it was set to turn off automatically."""
        return recent_time(flip.until)

    @admin.display(description=_("only for"))
    def only_for(self, flip: SwitchFlip) -> str:
        """Return the conditions under which it was turned on."""
        return "; ".join(flip.only_for)

    @admin.display(description=_("second person"))
    def second_person(self, flip: SwitchFlip) -> str:
        """Return who had requested it, or why it was turned on without a second person."""
        if flip.requested_by_name:
            return gettext("requested by %(name)s") % {"name": flip.requested_by_name}
        if flip.alone_because:
            return gettext("none: %(reason)s") % {"reason": flip.alone_because}
        return ""

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        """Show the history, after recording lapses."""
        services.try_to_record_lapses()
        return super().changelist_view(request, extra_context)
