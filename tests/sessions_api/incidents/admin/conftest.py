"""An incident about stolen sessions, and the browsers of two members of staff."""

from typing import Any

import pytest
from django.test import Client as Browser

from sessions_api.incidents.models import Incident
from tests.sessions_api.incidents.admin.desks import desk_of
from tests.sessions_api.incidents.services import by, open_one, steal


@pytest.fixture
def incident(staff: Any, ann: Any, bob: Any) -> Incident:
    """Sam's incident: two sessions of Ann's and one of Bob's have been stolen."""
    steal(ann, 2)
    steal(bob)
    return open_one(by(staff))


@pytest.fixture
def desk(staff: Any) -> Browser:
    """Sam's browser, with all permissions."""
    return desk_of(staff)


@pytest.fixture
def other_desk(make_user: Any) -> Browser:
    """Lee's, with the same permissions."""
    return desk_of(make_user("lee", is_staff=True))
