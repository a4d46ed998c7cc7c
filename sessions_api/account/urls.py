"""The pages under ``/account/``. Hosts include this module in their URLs."""

from django.urls import path

from sessions_api.account.extensions import further_urlpatterns
from sessions_api.account.views.history import DownloadPage, HistoryPage
from sessions_api.account.views.language import LanguagePage
from sessions_api.account.views.login import LoginPage, SecondFactorPage
from sessions_api.account.views.logout import LogoutPage
from sessions_api.account.views.not_me import NotMePage
from sessions_api.account.views.password import NewPasswordPage
from sessions_api.account.views.sessions import EndAllPage, EndSessionPage, SessionsPage
from sessions_api.account.views.tokens import NewTokenPage, TokensPage

app_name = "account"
urlpatterns = [
    path("", SessionsPage.as_view(), name="sessions"),
    path("login/", LoginPage.as_view(), name="login"),
    path("login/second-factor/", SecondFactorPage.as_view(), name="second_factor"),
    path("language/", LanguagePage.as_view(), name="set_language"),
    path("logout/", LogoutPage.as_view(), name="logout"),
    path("sessions/end-all/", EndAllPage.as_view(), name="end_all"),
    path("sessions/<str:sid>/end/", EndSessionPage.as_view(), name="end_session"),
    path("sessions/<str:sid>/not-me/", NotMePage.as_view(), name="not_me"),
    path("password/", NewPasswordPage.as_view(), name="password"),
    path("tokens/", TokensPage.as_view(), name="tokens"),
    path("tokens/new/", NewTokenPage.as_view(), name="new_token"),
    path("history/", HistoryPage.as_view(), name="history"),
    path("history/download.<str:extension>", DownloadPage.as_view(), name="download"),
    *further_urlpatterns(),
]
