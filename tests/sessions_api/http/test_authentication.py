"""Primary keys whose Python type differs from the database's."""

from unittest import mock

import pytest
from django.contrib.auth import get_user_model

from sessions_api.http.authentication import find_session
from tests.api import Login


@pytest.mark.django_db
def test_keys_are_converted_for_the_database(me: Login) -> None:
    field = get_user_model()._meta.pk
    known = mock.MagicMock()
    known.__str__.return_value = str(me.user.pk)
    with (
        mock.patch.object(field, "to_python", return_value=known),
        mock.patch.object(field, "run_validators"),
        # A key that was loaded from the database is one of its field's values, too.
        mock.patch.object(
            field, "get_prep_value", {known: me.user.pk, me.user.pk: me.user.pk}.__getitem__
        ),
    ):
        assert find_session(me.token) == me.session
