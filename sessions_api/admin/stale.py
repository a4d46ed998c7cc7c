"""Refusing to save pages whose row has been changed by somebody else in the meantime.

Django compares a posted form with the current row, so a page that was opened earlier would revert
whatever has been changed since: it would lift a ban, or grant a permission again.
"""

import json

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext_lazy as _

from killswitches.admin.base import ModelAdmin

#: The query parameter in which a form sends the digest of what its page showed.
SHOWN = "_shown"
#: Fields that change by themselves, or are protected otherwise.
NOT_SHOWN = {"last_login", "password"}

CHANGED = _(
    "Somebody has changed this since you opened the page. Nothing was saved. The page now shows "
    "the current state."
)


class StalePageMixin(ModelAdmin):
    """Mixed into a ``ModelAdmin``: a page is not saved if its row differs from what it showed.

    A digest of what the page showed is part of the URL that its form is posted to, so no template
    is needed.
    """

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, object] | None = None,
    ) -> HttpResponse:
        """Process the page; if it is out of date, redirect to the current one."""
        if object_id is None:
            return super().changeform_view(request, object_id, form_url, extra_context)
        shown = request.GET.get(SHOWN, "")
        with transaction.atomic():
            row = self.get_object(request, unquote(object_id))
            if row is not None and request.method == "POST":
                # Locked, so that if two pages are saved at once, one of them is out of date.
                rows = self.model._base_manager.select_for_update(of=("self",), no_key=True)
                row = rows.filter(pk=row.pk).first()
            now = "" if row is None else self._digest(row)
            if request.method == "POST" and shown and not constant_time_compare(shown, now):
                messages.error(request, CHANGED)
                query = request.GET.copy()
                del query[SHOWN]
                return HttpResponseRedirect(f"{request.path}?{query.urlencode()}")
            url = form_url or f"?{SHOWN}={shown or now}"
            return super().changeform_view(request, object_id, url, extra_context)

    def _digest(self, row: Model) -> str:
        """Return a keyed digest of what the page shows of a row."""
        fields = [
            field
            for field in self.opts.concrete_fields
            if field.editable and field.name not in NOT_SHOWN
        ]
        values = {field.name: field.value_to_string(row) for field in fields}
        many = {
            field.name: sorted(map(str, getattr(row, field.name).values_list("pk", flat=True)))
            for field in self.opts.many_to_many
        }
        text = json.dumps([str(row.pk), values, many], sort_keys=True)
        return salted_hmac("sessions_api.shown_page", text, algorithm="sha256").hexdigest()[:32]
