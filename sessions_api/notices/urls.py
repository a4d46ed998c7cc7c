"""The page behind the links in notices. Hosts include this module in their URLs."""

from django.urls import path

from sessions_api.notices.views import NotMeView

app_name = "notices"
urlpatterns = [path("not-me/", NotMeView.as_view(), name="not_me")]
