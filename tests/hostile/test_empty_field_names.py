"""A page of the admin that is asked for with an empty ``_to_field`` finds its row by the key."""

import pytest
from django.test import Client as Browser

from tests import admin_paths

pytestmark = pytest.mark.django_db

LISTS = [
    admin_paths.USERS,
    admin_paths.GROUPS,
    admin_paths.SESSIONS,
    admin_paths.BULK_SIGN_OUTS,
    admin_paths.EVENTS,
    admin_paths.SECOND_FACTORS,
    admin_paths.NOTICES,
    admin_paths.SWITCHES,
    admin_paths.FLIPS,
]


@pytest.mark.parametrize("page", ["change", "delete"])
@pytest.mark.parametrize("rows", LISTS)
def test_it_answers_as_without(roots_desk: Browser, rows: str, page: str) -> None:
    path = f"{rows}987654321/{page}/"
    assert roots_desk.get(path, {"_to_field": ""}).status_code == roots_desk.get(path).status_code
    posted = roots_desk.post(path, {"_to_field": ""})
    assert posted.status_code == roots_desk.post(path).status_code
