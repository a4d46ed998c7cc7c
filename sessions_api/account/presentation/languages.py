"""The languages that pages offer."""

from django.conf import global_settings, settings
from django.http import HttpRequest


def offered_languages(request: HttpRequest) -> list[tuple[str, str]]:
    """Return the codes and names of the languages to choose from; empty if there is no choice.

    A choice has no effect without Django's ``LocaleMiddleware``. A host that has not set
    ``LANGUAGES`` has Django's list of nearly a hundred, most of which these pages are not in.
    """
    is_negotiated = hasattr(request, "LANGUAGE_CODE")
    is_set = settings.LANGUAGES != global_settings.LANGUAGES
    return (
        list(settings.LANGUAGES) if is_negotiated and is_set and len(settings.LANGUAGES) > 1 else []
    )
