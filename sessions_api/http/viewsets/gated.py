"""The base view of the API: it applies the gate, renders errors and counts requests."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.views import APIView, set_rollback

from sessions_api import statistics
from sessions_api.callers.clients import Client, network_of
from sessions_api.exceptions import ApiError, ServiceUnavailable
from sessions_api.fastpath.responses import ApiResponse
from sessions_api.http.authentication import Gated, SessionTokenAuthentication
from sessions_api.http.cookies.authentication import SessionCookieAuthentication
from sessions_api.http.cookies.csrf import asks_for_cookies, hand_out_token
from sessions_api.http.errors import as_api_error, envelope
from sessions_api.http.gate import Gate
from sessions_api.http.policy import ALWAYS_OPEN
from sessions_api.http.text_encodings import enforce_text_encoding

#: A function that returns the body of an error in a dialect's form.
RenderError = Callable[[ApiError], dict[str, object]]


class GatedView(Gated, APIView):
    """Base class of all views under the API.

    In ``initial()``, a subclass creates a gate for the request, stores it as ``gate`` and enters
    it. When the response is finalized, uncounted charges are refunded, the rate limit headers are
    added, and statistics count requests to endpoints. A page that asks for cookies gets a CSRF
    token with every response that is not cached.
    """

    # The second one does nothing unless ``COOKIES`` and ``API_COOKIES`` are on.
    authentication_classes = [SessionTokenAuthentication, SessionCookieAuthentication]
    # A project's DEFAULT_… settings are meant for its own API and could close the login.
    permission_classes = []
    throttle_classes = []
    renderer_classes = [JSONRenderer]
    # DRF's initial() would look for a suffix like ".json"; these paths have none.
    format_kwarg = None

    gate: Gate | None = None
    error: ApiError | None = None

    @property
    def default_response_headers(self) -> dict[str, str]:
        """No headers. DRF would add ``Allow`` to every response."""
        return {}

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        """Answer a request, then break the reference cycles between the view and DRF's request.

        Otherwise the garbage collector would have to free them.
        """
        response = super().dispatch(request, *args, **kwargs)
        # Other responses may still have to be rendered or streamed.
        if isinstance(response, ApiResponse):
            self.request.parser_context.clear()
            vars(self).clear()
        return response

    def initialize_request(self, request: HttpRequest, *args: object, **kwargs: object) -> Request:
        enforce_text_encoding(request)
        return super().initialize_request(request, *args, **kwargs)

    def finalize_response(
        self, request: Request, response: Any, *args: object, **kwargs: object
    ) -> Any:
        if self.gate:
            # An error's own rate limit headers take precedence.
            own = self.error.headers if self.error else {}
            for name, value in self.gate.leave(response.status_code, self.error).items():
                if name not in own:
                    response.headers[name] = value
            if self.gate.is_counted:
                self._count(self.gate, response.status_code)
        # Not by REST framework's request, whose lookups take a microsecond each.
        if asks_for_cookies(request._request):
            hand_out_token(request, response)
        return super().finalize_response(request, response, *args, **kwargs)

    def handle_exception(self, exc: Exception) -> Any:
        self.error = error = as_api_error(exc)
        set_rollback()
        headers = dict(error.headers)
        if error.status == 401:
            headers["WWW-Authenticate"] = "Bearer"
        if error.status == 405:
            headers["Allow"] = ", ".join(self.allowed_methods)
        response = ApiResponse(self.render_error(error), status=error.status, headers=headers)
        response.error = error
        return response

    def render_error(self, error: ApiError) -> dict[str, object]:
        """Return the body of an error. Dialects may override this."""
        return envelope(error)

    def _count(self, gate: Gate, status: int) -> None:
        """Count the request in the statistics, by user or else by network."""
        user = gate.caller.pk
        network = network_of(Client.of(self.request).address) if user is None else None
        closed_by = self.error.feature if isinstance(self.error, ServiceUnavailable) else None
        statistics.record(gate.endpoint, status, user=user, network=network, closed_by=closed_by)


class RefusalView(GatedView):
    """Answers every request with the same error, for paths without an endpoint.

    Anonymous requests take no query, others only the one that reads the session.
    """

    #: Set through ``as_view()``: the class of the error, and the dialect's form of errors.
    refusal: type[ApiError] = ApiError
    form: RenderError = staticmethod(envelope)
    schema = None

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        self.gate = Gate(request, endpoint=self.refusal.__name__)
        self.gate.enter(ALWAYS_OPEN)
        raise self.refusal

    def render_error(self, error: ApiError) -> dict[str, object]:
        return self.form(error)


def refuse(request: HttpRequest, refusal: type[ApiError]) -> HttpResponseBase:
    """Answer a request under the API that reached no view, such as one that Django refused.

    It counts against the rates like any other request.

    :param refusal: the class of the error to answer with.
    """
    return RefusalView.as_view(refusal=refusal)(request)
