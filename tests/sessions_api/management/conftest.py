"""A fixture that runs ``manage.py sessions``."""

from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

#: Runs the command, and returns its standard output and standard error.
Run = Callable[..., tuple[str, str]]


@pytest.fixture
def run() -> Run:
    def call(*args: Any) -> tuple[str, str]:
        out, err = StringIO(), StringIO()
        call_command("sessions", *map(str, args), stdout=out, stderr=err)
        return out.getvalue(), err.getvalue()

    return call
