"""A system check of the links that are mailed to owners of hijacked accounts."""

from collections.abc import Iterator

import django
from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core import checks
from django.urls import NoReverseMatch, reverse

from killswitches.checks import add_to
from sessions_api.accounts.mail import NEW_PASSWORD_PAGE, site_sends_mail
from sessions_api.checks.messages import warning

PAGES = add_to(
    "urls.py",
    "from django.contrib.auth.views import PasswordResetCompleteView",
    "from django.urls import path",
    "from sessions_api.admin.hijacked.new_password import NewPasswordView",
    "",
    "urlpatterns += [",
    "    path(",
    '        "new-password/<uidb64>/<token>/",',
    "        NewPasswordView.as_view(),",
    '        name="password_reset_confirm",',
    "    ),",
    '    path("new-password/set/", PasswordResetCompleteView.as_view(), '
    'name="password_reset_complete"),',
    "]",
)
SERVER = 'EMAIL_HOST = "smtp.example.com"'
MAILER = (
    'MAILERS = {"default": {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", "OPTIONS": '
    '{"host": "smtp.example.com"}}}'
)


@checks.register("sessions_api", deploy=True)
def check_mail(**kwargs: object) -> list[checks.CheckMessage]:
    """W019: staff who secure a hijacked account cannot mail its owner a link for a new password.

    Only where an admin site has the page, and not where ``EMAIL_BACKEND`` turns mail off.
    """
    if not (apps.is_installed("django.contrib.admin") and _secures_accounts()):
        return []
    return list(_obstacles())


def _obstacles() -> Iterator[checks.CheckMessage]:
    if not site_sends_mail():
        return
    names = ("MAILERS", "EMAIL_BACKEND", "EMAIL_HOST")
    if not any(settings.is_overridden(name) for name in names):  # type: ignore[misc]
        text = "No mail server is set, so links for new passwords go to one on this machine."
        line = MAILER if django.VERSION >= (6, 1) else SERVER
        yield warning("W019", text, add_to("settings.py", line))
    try:
        reverse(NEW_PASSWORD_PAGE, args=["uid", "token"])
    except NoReverseMatch:
        text = "Owners of hijacked accounts get no link for a new password: it has no page."
        yield warning("W019", text, PAGES)


def _secures_accounts() -> bool:
    """Return whether an admin site has the page that secures an account."""
    from django.contrib.admin.sites import all_sites

    from sessions_api.admin import UserSessionsMixin

    model = get_user_model()
    return any(
        site.is_registered(model) and isinstance(site.get_model_admin(model), UserSessionsMixin)
        for site in all_sites
    )
