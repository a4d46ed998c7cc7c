"""The user's second factors, and removing them."""

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from sessions_api.account.forms.reverification import ReverifiedForm
from sessions_api.account.views.base import AccountPage
from sessions_api.account.views.reverified import ReverifiedPage
from sessions_api.exceptions import ApiError
from sessions_api.http.viewsets.parsing import parse_id
from sessions_api.second_factors.http import v5
from sessions_api.second_factors.models import BackupCode, SecondFactor
from sessions_api.second_factors.services.enrolment import remove_factors

#: The name of the list in the URLs.
LIST = "account:second_factors"

#: How many second factors a page shows.
PAGE = 50


class FactorsPage(AccountPage):
    """The list, newest first, with what can be done."""

    policies = {"get": v5.READ}
    title = _("Second factors")
    template_name = "second_factors/account/factors.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        """Show the list, or a further part of it."""
        factors = SecondFactor.objects.filter(user_id=self.user.pk).order_by("-pk")
        if before := parse_id(request.GET.get("before", "")):
            factors = factors.filter(pk__lt=before)
        found = list(factors[: PAGE + 1])
        shown = {
            "factors": found[:PAGE],
            "older": found[PAGE - 1].pk if len(found) > PAGE else None,
            "is_first": not before,
            "codes": BackupCode.objects.filter(user_id=self.user.pk).count() if found else 0,
        }
        return self.render_to_response(self.get_context_data(**shown))


class RemoveFactorPage(ReverifiedPage):
    """Removes a second factor."""

    policies = {"get": v5.READ, "post": v5.BEGIN}
    title = _("Remove a second factor")
    template_name = "second_factors/account/remove.html"
    returns_to = LIST

    def show_again(
        self, form: ReverifiedForm | None = None, error: ApiError | None = None
    ) -> HttpResponseBase:
        """Ask, unless there is no such factor."""
        factor = self._found().first()
        if factor is None:
            return self._gone()
        self.extra_context = {"factor": factor}
        return super().show_again(form, error)

    def perform(self, form: ReverifiedForm) -> HttpResponseBase:
        """Remove it."""
        if not remove_factors(self.user, self._found(), actor=self.actor):
            return self._gone()
        self.say(gettext("It was removed."))
        return HttpResponseRedirect(reverse(LIST))

    def _found(self) -> QuerySet[SecondFactor]:
        factor_id = parse_id(self.kwargs["factor_id"])
        return SecondFactor.objects.filter(user_id=self.user.pk, pk=factor_id)

    def _gone(self) -> HttpResponseBase:
        self.warn(gettext("There is no such second factor: perhaps it was removed before."))
        return HttpResponseRedirect(reverse(LIST))
