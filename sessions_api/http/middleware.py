"""Middleware for projects that serve pages as well as the API."""

import logging
from collections.abc import Sequence

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import BadRequest, ValidationError
from django.db import DataError, OperationalError
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.http.request import QueryDict
from django.urls import get_resolver
from django.utils.deprecation import MiddlewareMixin

logger = logging.getLogger(__name__)

#: Messages of SQLite's generic error that are about a value.
_OF_VALUES = ("pattern too complex", "user-defined function raised exception")


class UnstorableInputMiddleware(MiddlewareMixin):
    """Responds with 400 to input that no database can store or compare.

    Forms validate their input. Change lists, autocompletion, history and selections in Django's
    admin do not: they pass query strings and posted values on unchanged, including NUL characters,
    lone surrogates, numbers out of range and broken regular expressions. The database refuses
    these, which would be a 500. The traceback is logged at level DEBUG, in case the value did not
    come from the client.
    """

    def process_request(self, request: HttpRequest) -> None:
        """Refuse NUL characters in the query string, and drop cookies that contain one.

        :raises BadRequest: the query string contains a NUL character.
        """
        if request.encoding:
            # Pages send their forms in UTF-8. With another encoding, Django raises an error each
            # time it reads the form, even while it renders the error page.
            request.encoding = "utf-8"
        # Cookies encode NUL as an octal escape. Error pages too look up the session by its cookie.
        request.COOKIES = {
            name: value for name, value in request.COOKIES.items() if "\x00" not in value
        }
        if _has_nul(request.GET):
            raise BadRequest("A NUL character in the query")

    def process_view(
        self, request: HttpRequest, view: object, args: Sequence[object], kwargs: dict[str, object]
    ) -> None:
        """Validate the keys of the rows that were selected in an admin change list.

        :raises BadRequest: a key is invalid.
        """
        # Django's admin sets this attribute on its views.
        if (admin := getattr(view, "model_admin", None)) is not None:
            refuse_invalid_selection(request, admin.model)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Return the 400 page if the database or its driver refused a value."""
        if not _is_about_a_value(exception):
            return None
        logger.debug("The database refused a value.", exc_info=exception)
        handler = get_resolver(getattr(request, "urlconf", None)).resolve_error_handler(400)
        # That of 400 also takes the error; the stubs know what those of all kinds take.
        page: HttpResponse = handler(request, exception)  # type: ignore[call-arg]
        return page


def refuse_invalid_selection(request: HttpRequest, model: type[Model]) -> None:
    """Validate the keys of the rows that were selected in a change list.

    :param model: the model of the change list.
    :raises BadRequest: a key is not a valid primary key of the model.
    """
    try:
        for key in request.POST.getlist(ACTION_CHECKBOX_NAME):
            model._meta.pk.clean(key, None)
    except ValidationError as error:
        raise BadRequest("A selected key that no row can have") from error


def _has_nul(values: QueryDict) -> bool:
    return any("\x00" in text for name, texts in values.lists() for text in (name, *texts))


def _is_about_a_value(exception: Exception) -> bool:
    if isinstance(exception, OperationalError):
        return any(words in str(exception) for words in _OF_VALUES)
    # A validation error that a view has not caught: Django's admin looks up keys unvalidated.
    refused = DataError | OverflowError | UnicodeEncodeError | ValidationError
    return isinstance(exception, refused)
