"""The flags of OpenFeature, with a rate limit for those who read them without a token."""

import functools
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.urls import path

from killswitches.ofrep.access import has_token
from killswitches.ofrep.urls import ALL_FLAGS, ONE_FLAG
from killswitches.ofrep.views import all_flags, json_response, one_flag
from sessions_api.callers.clients import Client, network_of
from sessions_api.databases.outages import RETRY_AFTER, is_unavailable, log_outage
from sessions_api.exceptions import DatabaseUnavailable
from sessions_api.ratelimits import rates
from sessions_api.ratelimits.reservations import Quota, reserve

#: Evaluations without a token, per network. Providers ask twice a minute, or once for each flag.
EVALUATIONS = rates.Rate(limit=120, period=60, name="OFREP")

View = Callable[..., HttpResponse]


def _limited(view: View) -> View:
    """Limit a view for clients without a token, and report an unavailable database as JSON."""

    @functools.wraps(view)
    def guarded(request: HttpRequest, **captured: str) -> HttpResponse:
        if has_token(request):
            return _evaluate(view, request, **captured)
        network = network_of(Client.of(request).address)
        reservation = reserve([Quota("ofrep", network, EVALUATIONS.current)])
        if reservation.refused:
            response = json_response({"errorDetails": "Too many evaluations."}, 429)
        else:
            response = _evaluate(view, request, **captured)
        for name, value in reservation.headers().items():
            response.headers[name] = value
        return response

    return guarded


def _evaluate(view: View, request: HttpRequest, **captured: str) -> HttpResponse:
    try:
        return view(request, **captured)
    except Exception as exception:
        if not is_unavailable(exception):
            raise
        log_outage(exception)
        error = DatabaseUnavailable(RETRY_AFTER)
        details: dict[str, object] = {"errorDetails": "The database is unavailable."}
        return json_response(details, error.status, error.headers)


urlpatterns = [path(ALL_FLAGS, _limited(all_flags)), path(ONE_FLAG, _limited(one_flag))]
