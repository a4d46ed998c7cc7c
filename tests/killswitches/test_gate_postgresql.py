"""The mask, with both ways in which psycopg binds parameters."""

from typing import Any

import pytest
from django.db import connection, connections

from killswitches.gate import mask_expression
from killswitches.registry import ACCOUNT_LOGIN, GLOBAL
from killswitches.testing import switched_on


@pytest.mark.django_db(transaction=True)
def test_the_mask_with_parameters_bound_by_the_server(django_user_model: Any) -> None:
    django_user_model.objects.create_user(username="ann")
    options = {**connection.settings_dict["OPTIONS"], "server_side_binding": True}
    binding = type(connections["default"])({**connection.settings_dict, "OPTIONS": options})
    queryset = django_user_model.objects.annotate(mask=mask_expression()).values_list("mask")
    try:
        with switched_on(ACCOUNT_LOGIN, GLOBAL):
            assert list(queryset.query.get_compiler(connection=binding).results_iter()) == [
                [ACCOUNT_LOGIN.bit | GLOBAL.bit]
            ]
    finally:
        binding.close()
