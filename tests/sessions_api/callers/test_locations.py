"""Where an address is."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings
from mmdb_writer import MMDBWriter
from netaddr import IPSet

from sessions_api.callers.locations import database_problem, locate

PLACES: dict[str, dict[str, Any]] = {
    "2.125.160.216/29": {
        "city": {"names": {"en": "Boxford", "de": "Boxfurt"}},
        "subdivisions": [{"names": {"en": "England"}}, {"names": {"en": "West Berkshire"}}],
        "country": {"iso_code": "GB", "names": {"en": "United Kingdom"}},
    },
    "2a02:ff0::/32": {
        "city": {"names": {"en": "Paris"}},
        "country": {"names": {"en": "France"}},
    },
    "81.2.69.160/27": {
        "subdivisions": [{"names": {"en": "England"}}],
        "country": {"names": {"en": "United Kingdom"}},
    },
    "89.160.20.112/28": {"country": {"names": {"en": "Sweden"}}},
    "1.1.1.0/24": {"city": {"names": {"en": "Atlantis"}}},
    "8.8.8.0/24": {"continent": {"code": "NA"}},
    "9.9.9.0/24": {"city": {"names": {"en": "x" * 300}}},
    "10.0.0.0/8": {"city": {"names": {"en": "Home"}}},
}


def write_database(
    path: Path, edition: str = "GeoLite2-City", places: dict[str, dict[str, Any]] = PLACES
) -> None:
    writer = MMDBWriter(ip_version=6, ipv4_compatible=True, database_type=edition)
    for network, place in places.items():
        writer.insert_network(IPSet([network]), place)
    writer.to_db_file(str(path))


def database(path: Path | None) -> override_settings:
    given = {"GEOIP_DATABASE": str(path) if path else None}
    return override_settings(SESSIONS_API=settings.SESSIONS_API | given)


@pytest.fixture
def city_database(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "city.mmdb"
    write_database(path)
    with database(path):
        yield path


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


def test_a_city_database_is_no_problem(city_database: Path) -> None:
    assert database_problem() is None


def test_without_a_database() -> None:
    with database(None):
        assert locate("2.125.160.217") == ""
        assert database_problem() is None


def test_the_setting_changes(city_database: Path, tmp_path: Path) -> None:
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
def test_a_database_that_is_unusable(
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
    # The names in the data section no longer are what the format says.
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
