"""Session limits in environment variables."""

from datetime import timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured

from cumulonimbus.configuration.limits import limit_settings


def test_nothing_is_limited_by_default() -> None:
    given = limit_settings()
    assert (given.pop("LIFETIMES"), given.pop("RATES")) == ({}, {})
    assert given.pop("END_EXCESS_SESSIONS") is False
    assert given.pop("RATELIMIT_ENABLE") is given.pop("PASSWORD_CHANGE_ENDS_SESSIONS") is True
    assert given.pop("ENDED_SESSION_RETENTION") == timedelta(days=90)
    assert set(given.values()) == {None}


def test_units(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in {
        "IDLE_TIMEOUT": "1800",
        "SCOPED_ABSOLUTE_LIFETIME": "86400",
        "AUDIT_RETENTION_DAYS": "90",
        "ENDED_SESSION_RETENTION_DAYS": "7",
        "SESSIONS_PER_USER": "5",
        "END_EXCESS_SESSIONS": "true",
        "LIFETIMES": "v5.login=28800, v5.long_lived=60,v3.login=7",
    }.items():
        monkeypatch.setenv(name, text)
    given = limit_settings()
    assert given["IDLE_TIMEOUT"] == timedelta(minutes=30)
    assert given["SCOPED_ABSOLUTE_LIFETIME"] == timedelta(days=1)
    assert given["AUDIT_RETENTION"] == timedelta(days=90)
    assert given["ENDED_SESSION_RETENTION"] == timedelta(days=7)
    assert (given["SESSIONS_PER_USER"], given["END_EXCESS_SESSIONS"]) == (5, True)
    assert given["LIFETIMES"] == {
        "v5": {"login": timedelta(hours=8), "long_lived": timedelta(minutes=1)},
        "v3": {"login": timedelta(seconds=7)},
    }


def test_ended_sessions_need_not_be_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENDED_SESSION_RETENTION_DAYS", "0")
    assert limit_settings()["ENDED_SESSION_RETENTION"] == timedelta(0)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("IDLE_TIMEOUT", "-1"),
        ("IDLE_TIMEOUT", "30m"),
        ("ABSOLUTE_LIFETIME", "9" * 30),
        ("SESSIONS_PER_USER", "many"),
        ("ENDED_SESSION_RETENTION_DAYS", "9" * 30),
        ("RATES", "LOGIN=10"),
        ("RATES", "LOGIN=10/5m"),
        ("RATES", "LOGIN=-1/5"),
        ("RATES", "LOGIN=1/" + "9" * 30),
        ("RATES", "LOGIN=1/2,LOGIN=3/4"),
        ("LIFETIMES", "v5=60"),
        ("LIFETIMES", "v5.login=60,v5.login=70"),
        ("LIFETIMES", "v5.login"),
        ("LIFETIMES", "v5.login=8h"),
        ("LIFETIMES", "v5.login=" + "9" * 30),
        ("LIFETIMES", "v5.login=" + "9" * 5_000),
    ],
)
def test_a_wrong_value_names_its_variable(
    monkeypatch: pytest.MonkeyPatch, name: str, text: str
) -> None:
    monkeypatch.setenv(name, text)
    with pytest.raises(ImproperlyConfigured, match=name):
        limit_settings()
