"""The URL configuration: the front page, the admin at ``/admin/`` and the API at ``/api``.

The pages under ``/account/password/`` accept links that staff have mailed to users. Users cannot
request a link themselves, because that would let anyone send mail to others. At
``/account/not-me/`` they secure their account by a link in a notice. The other pages below
``/account/`` can be turned off.
"""

from django.conf import settings
from django.contrib import admin
from django.contrib.auth import views
from django.urls import include, path, re_path

from cumulonimbus import home
from cumulonimbus.errors import protected
from killswitches.ofrep import access
from sessions_api.admin.hijacked.new_password import NewPasswordView

urlpatterns = [
    # First, because most requests are for the API.
    re_path(r"^api(?:/|$)", include("sessions_api.urls")),
    path("admin/", admin.site.urls),
    path("account/", include("sessions_api.notices.urls")),
    path("", home.home, name="home"),
    path("robots.txt", home.robots),
    path("favicon.ico", home.favicon),
    path(
        "account/password/<uidb64>/<token>/",
        protected(NewPasswordView.as_view()),
        name="password_reset_confirm",
    ),
    path(
        "account/password/chosen/",
        protected(views.PasswordResetCompleteView.as_view()),
        name="password_reset_complete",
    ),
]

if access.is_public() or access.tokens():
    urlpatterns.append(path("", include("cumulonimbus.openfeature")))

if settings.ACCOUNT_PAGES:
    urlpatterns.append(path("account/", include("sessions_api.account.urls")))

handler400 = "cumulonimbus.errors.bad_request"
handler403 = "cumulonimbus.errors.permission_denied"
handler404 = "cumulonimbus.errors.page_not_found"
handler500 = "cumulonimbus.errors.server_error"
