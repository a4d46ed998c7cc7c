"""Names of sessions."""

import pytest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from sessions_api.callers.devices import Device, parse_device
from sessions_api.callers.session_names import (
    clean_session_name,
    default_session_name,
    requested_session_name,
)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("work laptop", "work laptop"),
        ("  work laptop \n", "work laptop"),
        ("Jürgens 電話 📱", "Jürgens 電話 📱"),
        ("x" * 128, "x" * 128),
        (f" {'x' * 128} ", "x" * 128),
        ("x" * 129, None),
        ("", None),
        (" \t ", None),
        ("a\x00b", None),
        ("a\nb", None),
        ("a\u202eb", None),
        ("a\ud800b", None),
    ],
)
def test_names_are_cleaned(text: str, name: str | None) -> None:
    assert clean_session_name(text) == name


@pytest.mark.parametrize(
    ("device", "name"),
    [
        (Device("Chrome", "87.0.4280.88", "", "Linux"), "Chrome v87 on Linux"),
        (Device("Safari", "17.4", "iPhone", "iOS", "17.4"), "Safari v17 on iOS v17"),
        (Device("PostmanRuntime", "7.26.8", is_dev=True), "PostmanRuntime v7"),
        (Device("HTTPie"), "HTTPie"),
        (Device(os="Android", os_version="13"), "Android v13"),
        (Device(), "the agent itself"),
    ],
)
def test_the_default_name_describes_the_device(device: Device, name: str) -> None:
    assert default_session_name("the agent itself", device) == name


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        ("", "Unknown device"),
        ("\u202e \u00ad", "Unknown device"),
        ("y" * 300, "y" * 128),
        ("y" * 127 + " z", "y" * 127),
    ],
)
def test_the_default_name_for_an_unknown_device(user_agent: str, name: str) -> None:
    assert default_session_name(user_agent, Device()) == name


@given(st.text(max_size=200))
def test_the_default_name_is_valid(user_agent: str) -> None:
    name = default_session_name(user_agent, parse_device(user_agent))
    assert clean_session_name(name) == name


@pytest.mark.parametrize(
    ("header", "name"),
    [
        (b"my phone", "my phone"),
        ("Jürgens 電話 📱".encode(), "Jürgens 電話 📱"),
        ("Jürgens Telefon".encode("latin-1"), "Jürgens Telefon"),
        (b"", None),
        (b"a\x00b", None),
        ("\u202e".encode(), None),
        (b"x" * 129, None),
    ],
)
def test_a_header_names_the_session_if_it_is_valid(header: bytes, name: str | None) -> None:
    request = RequestFactory().post("/", HTTP_X_SESSION_NAME=header.decode("latin-1"))
    assert requested_session_name(request, "X-Session-Name") == name


def test_no_name_without_the_header() -> None:
    assert requested_session_name(RequestFactory().post("/")) is None


def test_a_header_that_the_server_has_decoded() -> None:
    request = RequestFactory().post("/", HTTP_X_SESSION_NAME="電話")
    assert requested_session_name(request, "X-Session-Name") == "電話"
