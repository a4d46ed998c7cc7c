"""Fixtures that run tests with each dialect."""

import pytest

from tests.sessions_api.http.dialects.spellings import DIALECTS, WITH_LOGIN, Dialect


@pytest.fixture(params=DIALECTS, ids=str)
def dialect(request: pytest.FixtureRequest) -> Dialect:
    return request.param


@pytest.fixture(params=WITH_LOGIN, ids=str)
def login_dialect(request: pytest.FixtureRequest) -> Dialect:
    return request.param
