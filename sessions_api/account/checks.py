"""System checks of the account pages."""

from collections.abc import Iterator

from django.conf import settings
from django.core import checks
from django.urls import NoReverseMatch, reverse

from killswitches.checks import COMPLETE_FORMS, add_to, place_of, put_first
from sessions_api.checks.messages import set_to
from sessions_api.checks.settings import fits_settings
from sessions_api.conf import api_settings

CSRF = "django.middleware.csrf.CsrfViewMiddleware"


@checks.register("sessions_api")
def check_account_pages(**kwargs: object) -> list[checks.CheckMessage]:
    """E001: ``COOKIES`` is off, so nobody can log in to the account pages.

    E002: Django's CSRF middleware is missing, so no form of theirs is accepted. W003: they are not
    in the project's URLs. W004: they act on forms of which only a part has arrived.
    """
    return list(_problems()) if fits_settings() else []


def _problems() -> Iterator[checks.CheckMessage]:
    if not api_settings().COOKIES:
        text = "Nobody can log in to the account pages, because sessions in cookies are off."
        yield checks.Error(text, hint=set_to("COOKIES", "True"), id="account_pages.E001")
    if place_of(CSRF) is None:
        text = "No form of the account pages is accepted: Django's CSRF middleware is missing."
        hint = add_to("settings.py", f'MIDDLEWARE += ["{CSRF}"]')
        yield checks.Error(text, hint=hint, id="account_pages.E002")
    if getattr(settings, "ROOT_URLCONF", None) and not _are_mounted():
        text = "The account pages are not in the project's URLs."
        line = 'urlpatterns += [path("account/", include("sessions_api.account.urls"))]'
        yield checks.Warning(text, hint=add_to("urls.py", line), id="account_pages.W003")
    if place_of(COMPLETE_FORMS) is None:
        text = "The account pages act on forms of which only a part has arrived."
        hint = put_first(COMPLETE_FORMS)
        yield checks.Warning(text, hint=hint, id="account_pages.W004")


def _are_mounted() -> bool:
    try:
        reverse("account:login")
    except NoReverseMatch:
        return False
    return True
