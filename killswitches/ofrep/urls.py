"""The URLs of OFREP, whose paths the protocol determines. Include them at the root."""

from django.urls import path

from killswitches.ofrep.views import all_flags, one_flag

ALL_FLAGS = "ofrep/v1/evaluate/flags"
ONE_FLAG = "ofrep/v1/evaluate/flags/<path:key>"

urlpatterns = [path(ALL_FLAGS, all_flags), path(ONE_FLAG, one_flag)]
