"""The log level."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from cumulonimbus.configuration.logs import logging_settings


def test_one_that_there_is() -> None:
    assert logging_settings("WARNING", "line")["root"]["level"] == "WARNING"


def test_one_that_there_is_not() -> None:
    with pytest.raises(ImproperlyConfigured, match="LOG_LEVEL is 'LOUD', and not one of CRITICAL"):
        logging_settings("LOUD", "line")
