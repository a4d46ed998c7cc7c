"""Looking up the location of an address."""

import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from sessions_api.callers.locations import (
    MOST_CODES,
    country_code,
    database_problem,
    locate,
)
from tests.sessions_api.callers.geoip import database, write_database


@pytest.mark.parametrize(
    ("address", "location"),
    [
        ("2.125.160.217", "Boxford, England United Kingdom"),
        ("2a02:ff0::1", "Paris, France"),
        ("81.2.69.161", "England United Kingdom"),
        ("89.160.20.113", "Sweden"),
        ("1.1.1.1", "Atlantis"),
        ("8.8.8.8", ""),
        ("9.9.9.9", "x" * 255),
        ("10.0.0.1", ""),
        ("127.0.0.1", ""),
        ("::1", ""),
        ("5.5.5.5", ""),
        ("example.com", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_location(city_database: Path, address: str | None, location: str) -> None:
    assert locate(address) == location


@pytest.mark.parametrize(
    ("location", "address", "code"),
    [
        ("Boxford, England United Kingdom", "2.125.160.217", "GB"),
        # The city has another name by now.
        ("Boxtown, England United Kingdom", "2.125.160.217", "GB"),
        ("Berlin, State of Berlin Germany", "2.125.160.217", ""),
        ("Paris, France", "2a02:ff0::1", ""),
        ("Atlantis", "1.1.1.1", ""),
        ("Nowhere", "8.8.8.8", ""),
        ("Boxford, England United Kingdom", None, ""),
        ("", "2.125.160.217", ""),
    ],
)
def test_the_country_of_a_location(
    city_database: Path, location: str, address: str | None, code: str
) -> None:
    assert country_code(location, address) == code


def test_the_country_of_a_location_is_looked_up_once(city_database: Path) -> None:
    boxford = locate("2.125.160.217")
    assert country_code(boxford, "2.125.160.217") == "GB"
    # From an address of which nothing is known.
    assert country_code(boxford, None) == "GB"
    with database(None):
        assert country_code(boxford, "2.125.160.217") == ""


def test_a_limited_number_of_locations_is_remembered(city_database: Path) -> None:
    for number in range(MOST_CODES + 1):
        assert country_code(f"{number}, United Kingdom", "2.125.160.217") == "GB"
    assert country_code("1, United Kingdom", None) == ""
    assert country_code(f"{MOST_CODES}, United Kingdom", None) == "GB"


def test_a_city_database_has_no_problem(city_database: Path) -> None:
    assert database_problem() is None


def test_without_a_database() -> None:
    with database(None):
        assert locate("2.125.160.217") == ""
        assert database_problem() is None


def test_a_changed_setting_is_applied(city_database: Path, tmp_path: Path) -> None:
    assert locate("1.1.1.1") == "Atlantis"
    other = tmp_path / "other.mmdb"
    write_database(other, places={"1.1.1.0/24": {"city": {"names": {"en": "Elsewhere"}}}})
    with database(other):
        assert locate("1.1.1.1") == "Elsewhere"
    assert locate("1.1.1.1") == "Atlantis"


def test_the_file_is_opened_once(city_database: Path) -> None:
    assert locate("1.1.1.1")
    city_database.unlink()
    assert locate("1.1.1.1")


def _missing(path: Path) -> None:
    path.unlink(missing_ok=True)


def _garbage(path: Path) -> None:
    path.write_bytes(b"no database" * 100)


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _directory(path: Path) -> None:
    path.mkdir()


def _country_edition(path: Path) -> None:
    write_database(path, edition="GeoLite2-Country")


@pytest.mark.parametrize("spoil", [_missing, _garbage, _empty, _directory, _country_edition])
def test_an_unusable_database_is_reported_and_logged_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, spoil: Callable[[Path], None]
) -> None:
    path = tmp_path / "spoilt.mmdb"
    spoil(path)
    with database(path):
        assert [locate("1.1.1.1"), locate("1.1.1.1")] == ["", ""]
        assert [record.levelno for record in caplog.records] == [logging.ERROR]
        assert str(path) in (database_problem() or "")


def test_a_database_with_broken_records(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "broken.mmdb"
    write_database(path)
    # The names in the data section become invalid.
    whole = path.read_bytes()
    data, metadata = whole.rsplit(b"\xab\xcd\xefMaxMind.com", 1)
    path.write_bytes(data.replace(b"Atlantis", b"\xff" * 8) + b"\xab\xcd\xefMaxMind.com" + metadata)
    with database(path):
        assert locate("2.125.160.217") == "Boxford, England United Kingdom"
        assert [locate("1.1.1.1"), locate("1.1.1.1")] == ["", ""]
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


def test_a_file_that_is_truncated_in_place(
    city_database: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert locate("1.1.1.1")
    city_database.write_bytes(b"")
    assert locate("1.1.1.1") == ""
    assert len(caplog.records) == 1
