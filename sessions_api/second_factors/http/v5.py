"""Second factors in v5: wire format, policies and paths."""

from dataclasses import replace

from django.urls.resolvers import URLPattern
from rest_framework import serializers

from killswitches.registry import ACCOUNT_MODIFY
from sessions_api.http.dialects.base import SEGMENT, route
from sessions_api.http.dialects.v5.viewsets import DIALECT
from sessions_api.http.fields import IdsField, NameField, TextField
from sessions_api.http.policy import Audience, Policy, of_owned
from sessions_api.http.viewsets.owners import OwnedByAnybody, OwnedByCaller
from sessions_api.scopes import Scope
from sessions_api.second_factors.http import shapes
from sessions_api.second_factors.http.viewsets import EnrolmentViewSet, SecondFactorViewSet
from sessions_api.second_factors.privileges import REMOVE_SECOND_FACTORS, VIEW_SECOND_FACTORS

READ = Policy(audience=Audience.USERS, scope=Scope.SECOND_FACTOR_READ)
STAFF_READ = Policy(
    audience=Audience.STAFF,
    permission=VIEW_SECOND_FACTORS,
    scope=Scope.STAFF_READ_SECOND_FACTORS,
)
CHANGE = Policy(audience=Audience.USERS, switches=(ACCOUNT_MODIFY,))
BEGIN = replace(CHANGE, reverification=True)
STAFF_REMOVE = Policy(
    audience=Audience.STAFF,
    permission=REMOVE_SECOND_FACTORS,
    spares_superusers=True,
    scope=Scope.STAFF_MODIFY_SECOND_FACTORS,
    reverification=True,
)


class TotpInput(serializers.Serializer[None]):
    token = TextField()
    name = NameField()
    code = TextField()


class WebAuthnInput(serializers.Serializer[None]):
    token = TextField()
    name = NameField()
    response = serializers.DictField(allow_empty=False)


class FactorsInput(serializers.Serializer[None]):
    ids = IdsField()


class Form(SecondFactorViewSet):
    """The wire format of second factors."""

    dialect = DIALECT
    input_classes = {"destroy_many": FactorsInput}
    factor_shape = shapes.FACTOR
    list_shape = shapes.FACTOR_LIST
    removed_shape = shapes.FACTOR_REMOVED
    removed_many_shape = shapes.FACTORS_REMOVED


class OwnSecondFactorViewSet(Form, OwnedByCaller):
    policies = of_owned(READ, BEGIN)


class StaffSecondFactorViewSet(Form, OwnedByAnybody):
    policies = of_owned(STAFF_READ, STAFF_REMOVE)


class OwnEnrolmentViewSet(EnrolmentViewSet):
    dialect = DIALECT
    policies = {
        "begin_totp": BEGIN,
        "confirm_totp": CHANGE,
        "begin_webauthn": BEGIN,
        "confirm_webauthn": CHANGE,
        "renew_backup_codes": BEGIN,
    }
    input_classes = {"confirm_totp": TotpInput, "confirm_webauthn": WebAuthnInput}
    totp_begun_shape = shapes.TOTP_BEGUN
    enrolled_shape = shapes.ENROLLED
    new_codes_shape = shapes.NEW_CODES


OWN = "users/me/2fa"
ANYBODYS = rf"users/(?P<uid>{SEGMENT})/2fa"
FACTOR = rf"(?P<factor_id>{SEGMENT})"

urlpatterns: list[URLPattern] = [
    route(OWN, OwnSecondFactorViewSet, get="list", delete="destroy_many"),
    route(f"{OWN}/totp", OwnEnrolmentViewSet, post="begin_totp"),
    route(f"{OWN}/totp/confirm", OwnEnrolmentViewSet, post="confirm_totp"),
    route(f"{OWN}/webauthn", OwnEnrolmentViewSet, post="begin_webauthn"),
    route(f"{OWN}/webauthn/confirm", OwnEnrolmentViewSet, post="confirm_webauthn"),
    route(f"{OWN}/backup", OwnEnrolmentViewSet, post="renew_backup_codes"),
    route(f"{OWN}/all", OwnSecondFactorViewSet, delete="destroy_all"),
    route(f"{OWN}/{FACTOR}", OwnSecondFactorViewSet, get="retrieve", delete="destroy"),
    route(ANYBODYS, StaffSecondFactorViewSet, get="list", delete="destroy_many"),
    route(f"{ANYBODYS}/all", StaffSecondFactorViewSet, delete="destroy_all"),
    route(f"{ANYBODYS}/{FACTOR}", StaffSecondFactorViewSet, get="retrieve", delete="destroy"),
]
