"""Where everything is mounted: the admin at ``/admin/``, the API at ``/api``; ``/`` leads to its
documentation.

The pages under ``/account/password/`` take a link that staff have had mailed. Nobody can ask for
one there: that would let anybody send mail to anybody.
"""

from django.contrib import admin
from django.contrib.auth import views
from django.urls import include, path, re_path
from django.views.generic import RedirectView

from sessions_api.admin.hijacked.new_password import NewPasswordView

urlpatterns = [
    # What is asked for most often is looked for first.
    re_path(r"^api(?:/|$)", include("sessions_api.urls")),
    path("admin/", admin.site.urls),
    # Relative, so that it holds under a prefix (SCRIPT_NAME) too.
    path("", RedirectView.as_view(url="api/docs/")),
    path(
        "account/password/<uidb64>/<token>/",
        NewPasswordView.as_view(),
        name="password_reset_confirm",
    ),
    path(
        "account/password/chosen/",
        views.PasswordResetCompleteView.as_view(),
        name="password_reset_complete",
    ),
]

handler400 = "cumulonimbus.errors.bad_request"
handler403 = "cumulonimbus.errors.permission_denied"
handler404 = "cumulonimbus.errors.page_not_found"
handler500 = "cumulonimbus.errors.server_error"
