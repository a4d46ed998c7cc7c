"""One dialect under a prefix of the host's choice, and the host's own paths."""

from django.contrib import admin
from django.contrib.auth import views
from django.urls import include, path

from sessions_api.admin.hijacked.new_password import NewPasswordView
from sessions_api.http.dialects.v5 import urls as v5
from sessions_api.urls import fallback
from tests.host import pages, plain_views
from tests.host.views import (
    GuardedLoginViewSet,
    GuardedViewSet,
    MemberViewSet,
    ProfileView,
    UploadViewSet,
)

urlpatterns = [
    *plain_views.urlpatterns,
    *pages.urlpatterns,
    path("admin/", admin.site.urls),
    path("mine/", include("sessions_api.notices.urls")),
    path(
        "mine/password/<uidb64>/<token>/", NewPasswordView.as_view(), name="password_reset_confirm"
    ),
    path("mine/chosen/", views.PasswordResetCompleteView.as_view(), name="password_reset_complete"),
    path("auth/", include([*v5.urlpatterns, fallback])),
    path("devices/", include("tests.host.lost_devices.dialect.urls")),
    path("profile", ProfileView.as_view()),
    path("guarded", GuardedViewSet.as_view({"post": "create", "get": "list"})),
    path("guarded/login", GuardedLoginViewSet.as_view({"post": "create"})),
    path("member", MemberViewSet.as_view({"put": "update"})),
    path("uploads", UploadViewSet.as_view({"post": "create"})),
]
