"""The paths of the pages of second factors, below those of the account pages."""

from django.urls import path

from sessions_api.second_factors.account.pages import backup_codes, enrolment, factors

urlpatterns = [
    path("second-factors/", factors.FactorsPage.as_view(), name="second_factors"),
    path("second-factors/app/", enrolment.AddAppPage.as_view(), name="add_app"),
    path("second-factors/app/confirm/", enrolment.ConfirmAppPage.as_view(), name="confirm_app"),
    path("second-factors/key/", enrolment.AddKeyPage.as_view(), name="add_key"),
    path("second-factors/key/confirm/", enrolment.ConfirmKeyPage.as_view(), name="confirm_key"),
    path("second-factors/codes/", backup_codes.BackupCodesPage.as_view(), name="backup_codes"),
    path(
        "second-factors/<str:factor_id>/remove/",
        factors.RemoveFactorPage.as_view(),
        name="remove_factor",
    ),
]
