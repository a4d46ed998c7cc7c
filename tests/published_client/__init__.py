"""The client that front ends of this API are built on, as it is published on npm."""

import pytest

pytest.register_assert_rewrite("tests.published_client.journeys")
