"""The pages under ``/account/``. Hosts include this module in their URLs."""

from django.urls import path

from sessions_api.account.views.login import LoginPage
from sessions_api.account.views.logout import LogoutPage
from sessions_api.account.views.sessions import EndSessionPage, SessionsPage

app_name = "account"
urlpatterns = [
    path("", SessionsPage.as_view(), name="sessions"),
    path("login/", LoginPage.as_view(), name="login"),
    path("logout/", LogoutPage.as_view(), name="logout"),
    path("sessions/<str:sid>/end/", EndSessionPage.as_view(), name="end_session"),
]
