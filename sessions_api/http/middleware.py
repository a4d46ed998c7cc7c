"""Middleware for a project that serves pages beside the API."""

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

#: What SQLite says of a value, in an error that may mean anything.
_OF_VALUES = ("pattern too complex", "user-defined function raised exception")


class UnstorableInputMiddleware(MiddlewareMixin):
    """Answers 400 to values that no database takes, on whatever page.

    Forms check what they are sent. Lists, completions, histories and selections of Django's admin
    hand on what stands in their address, or was posted to them, as it is: a NUL character, half of
    a surrogate pair, a number beyond every column, a broken regular expression. The database
    refuses these; that is no failure of the service. Where nobody sent such a value, the traceback
    is what one looks for: it is logged at the level DEBUG.
    """

    def process_request(self, request: HttpRequest) -> None:
        """Refuse what is never meant.

        :raises BadRequest: the query has a NUL character in it.
        """
        if request.encoding:
            # Forms of pages are in UTF-8. Of another one Django raises an error whenever it looks
            # for the form, in the page that says so too.
            request.encoding = "utf-8"
        # A cookie spells one as an octal number. A page of any error looks for the session of it.
        request.COOKIES = {
            name: value for name, value in request.COOKIES.items() if "\x00" not in value
        }
        if _has_nul(request.GET):
            raise BadRequest("A NUL character in the query")

    def process_view(
        self, request: HttpRequest, view: object, args: Sequence[object], kwargs: dict[str, object]
    ) -> None:
        """Refuse selected rows of a list of the admin, if no row can have such a key.

        :raises BadRequest: there are such.
        """
        # Django's admin marks its views so.
        if (admin := getattr(view, "model_admin", None)) is not None:
            refuse_impossible_selections(request, admin.model)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """The page of a bad request, where the database or its driver refused a value."""
        if not _is_about_a_value(exception):
            return None
        logger.debug("A value was refused by the database", exc_info=exception)
        handler = get_resolver(getattr(request, "urlconf", None)).resolve_error_handler(400)
        # That of 400 also takes the error; the stubs know what those of all kinds take.
        page: HttpResponse = handler(request, exception)  # type: ignore[call-arg]
        return page


def refuse_impossible_selections(request: HttpRequest, model: type[Model]) -> None:
    """Make sure that the keys of selected rows that are posted to a list are such as rows have.

    :raises BadRequest: they are not.
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
    return isinstance(exception, DataError | OverflowError | UnicodeEncodeError)
