"""What every answer of the API has in common: the gate in front, errors in one form, counts."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.views import APIView, set_rollback

from sessions_api import statistics
from sessions_api.callers.clients import Client, network_of
from sessions_api.exceptions import ApiError
from sessions_api.fastpath.responses import ApiResponse
from sessions_api.http.authentication import SessionTokenAuthentication
from sessions_api.http.errors import as_api_error, envelope
from sessions_api.http.gate import Gate
from sessions_api.http.policy import ALWAYS_OPEN
from sessions_api.http.text_encodings import settle_encoding

#: How the body of an error is made in a dialect's form.
RenderError = Callable[[ApiError], dict[str, object]]


class GatedView(APIView):
    """Base of whatever answers under the API.

    In its ``initial()`` a subclass sends each request through a gate, which it keeps as ``gate``.
    What does not count is then given back, the answer carries the headers of the rates, and the
    statistics count it where it is an endpoint's.
    """

    authentication_classes = [SessionTokenAuthentication]
    # Those of a project's DEFAULT_… settings are for its own API. They would close the login.
    permission_classes = []
    throttle_classes = []
    renderer_classes = [JSONRenderer]
    # DRF's own initial() would look for a suffix like ".json"; paths here have none.
    format_kwarg = None

    gate: Gate | None = None
    error: ApiError | None = None

    @property
    def default_response_headers(self) -> dict[str, str]:
        """Nothing; REST framework would tell in every answer what other methods there are."""
        return {}

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        """ApiResponse a request, and leave nothing of it to the garbage collector: this object, its
        methods and REST framework's request hold each other."""
        response = super().dispatch(request, *args, **kwargs)
        # Others may still be rendered, or streamed.
        if isinstance(response, ApiResponse):
            self.request.parser_context.clear()
            vars(self).clear()
        return response

    def initialize_request(self, request: HttpRequest, *args: object, **kwargs: object) -> Request:
        """REST framework's request. It would look for each of these in itself, and fail, before it
        asks Django's."""
        settle_encoding(request)
        made = super().initialize_request(request, *args, **kwargs)
        vars(made).update(method=request.method, META=request.META)
        return made

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        if self.gate:
            # What an error says of its own limits goes before.
            own = self.error.headers if self.error else {}
            for name, value in self.gate.leave(response.status_code, self.error).items():
                if name not in own:
                    response.headers[name] = value
            if not self.gate.policy.always_open:
                self._count(self.gate, response.status_code)
        return super().finalize_response(request, response, *args, **kwargs)

    def handle_exception(self, exc: Exception) -> Any:
        self.error = error = as_api_error(exc)
        set_rollback()
        headers = dict(error.headers)
        if error.status == 401:
            headers["WWW-Authenticate"] = "Bearer"
        if error.status == 405:
            headers["Allow"] = ", ".join(self.allowed_methods)
        return ApiResponse(self.render_error(error), status=error.status, headers=headers)

    def render_error(self, error: ApiError) -> dict[str, object]:
        """The body of an error; a dialect may have another form."""
        return envelope(error)

    def _count(self, gate: Gate, status: int) -> None:
        """Count the request in the statistics, with who made it."""
        user = gate.caller.pk
        network = network_of(Client.of(self.request).address) if user is None else None
        statistics.record(gate.endpoint, status, user=user, network=network)


class RefusalView(GatedView):
    """Answers with one error, whatever is asked: what no endpoint is there for.

    Strangers cost no query, callers the one that tells who they are.
    """

    #: Given by whoever makes the view: a class of errors, and the dialect's form of them.
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
    """The answer to a request under the API that reaches no view of it, such as one that Django
    refuses by itself; it counts like any other."""
    return RefusalView.as_view(refusal=refusal)(request)
