"""Lines and JSON."""

import json
import logging
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from cumulonimbus.configuration.environment import env
from cumulonimbus.configuration.logs import log_format
from tests.sessions_api.logs.captured import captured

logger = logging.getLogger("sessions_api.tests")


def test_an_error_is_one_line_of_json() -> None:
    with captured("json") as text:
        try:
            raise ValueError("two\nlines")
        except ValueError:
            logger.exception("Could not %s", "do\nit", stack_info=True)
    [line] = text.getvalue().splitlines()
    read = json.loads(line)
    assert read["message"] == "Could not do\nit"
    assert read["level"] == "ERROR"
    assert read["exception"].endswith("ValueError: two\nlines")
    assert read["exception"].startswith("Traceback ")
    assert read["stack"].startswith("Stack ")
    assert "request_id" not in read


@pytest.mark.parametrize("form", ["line", "json"])
def test_a_refusal_has_no_traceback(form: str) -> None:
    with captured(form) as text:
        logger.warning("No:\r\n/x", extra={"status_code": 404}, exc_info=ValueError("x"))
    [line] = text.getvalue().splitlines()
    assert "Traceback" not in line


def test_other_attributes_are_left_out() -> None:
    with captured("json") as text:
        logger.warning("x", extra={"request": "secret", "anything": "secret"})
    assert "secret" not in text.getvalue()


@pytest.mark.parametrize(("value", "form"), [("", "line"), ("line", "line"), ("json", "json")])
def test_the_variable(monkeypatch: pytest.MonkeyPatch, value: str, form: str) -> None:
    monkeypatch.setitem(env.ENVIRON, "LOG_FORMAT", value)
    assert log_format() == form


def test_an_unknown_format_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(env.ENVIRON, "LOG_FORMAT", "xml")
    with pytest.raises(ImproperlyConfigured, match="LOG_FORMAT must be line or json"):
        log_format()


def test_arguments_that_do_not_fit(capsys: Any) -> None:
    with captured() as text:
        logger.warning("%d", "no number")
    assert "%d (the arguments do not fit)" in text.getvalue()
    assert capsys.readouterr().err == ""
