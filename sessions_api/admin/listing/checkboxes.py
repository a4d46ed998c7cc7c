"""The checkboxes that select rows of a list."""

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import Model
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from killswitches.admin.base import ModelAdmin


class FastCheckboxesMixin(ModelAdmin):
    """Mixed into a ``ModelAdmin`` with long lists.

    Django renders each checkbox through the template of a form widget, which takes as long as all
    other columns of the row.
    """

    @admin.display(description="")
    def action_checkbox(self, obj: Model) -> SafeString:
        """Return the checkbox that Django would; that of a theme, if it has its own."""
        inherited = super().action_checkbox
        if getattr(inherited, "__func__", None) is not admin.ModelAdmin.action_checkbox:
            return inherited(obj)
        return format_html(
            '<input type="checkbox" name="{}" value="{}" class="action-select" aria-label="{}">',
            ACTION_CHECKBOX_NAME,
            obj.pk,
            gettext("Select this object for an action - {}").format(obj),
        )
