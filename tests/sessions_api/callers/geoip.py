"""Location databases with made-up data."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.test import override_settings
from mmdb_writer import MMDBWriter
from netaddr import IPSet

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
