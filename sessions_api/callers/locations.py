"""Locations of addresses, looked up in a MaxMind-format city database if one is configured."""

import ipaddress
import logging
import threading
from typing import TYPE_CHECKING

from django.core.signals import setting_changed
from django.dispatch import receiver

from sessions_api.conf import SETTINGS_NAME, api_settings

if TYPE_CHECKING:
    from geoip2.database import Reader
    from geoip2.models import City

logger = logging.getLogger(__name__)

LOCATION_LENGTH = 255
#: How many locations are remembered with the codes of their countries, by each process.
MOST_CODES = 10_000

_lock = threading.Lock()
_readers: "dict[str, Reader | None]" = {}
_codes: dict[str, str] = {}


class _DatabaseUnusable(Exception):
    """The location database cannot be used. The message is a sentence that says why."""


def locate(address: str | None) -> str:
    """Return the location of an address.

    :param address: an IPv4 or IPv6 address, or None.
    :returns: ``City, Region Country`` in English, as far as known
        (``Boxford, England United Kingdom``), at most 255 characters. "" if unknown: for a private
        address, without a database, and with a broken one, which is logged once per process.
    """
    found = _find(address)
    if found is None:
        return ""
    region = found.subdivisions[0].name if found.subdivisions else None
    country = " ".join(filter(None, (region, found.country.name)))
    return ", ".join(filter(None, (found.city.name, country)))[:LOCATION_LENGTH]


def country_code(location: str, address: str | None) -> str:
    """Return the code of the country of a location, which contains only its name.

    The database tells it of an address from which a session came. It is remembered, so that a list
    looks up each location once.

    :param location: what :func:`locate` once returned for the address.
    :returns: the code in ISO 3166-1 alpha-2 (``GB``). "" if unknown: also if the address is in
        another country by now.
    """
    if not location:
        return ""
    if (code := _codes.get(location)) is not None:
        return code
    found = _find(address)
    if found is None or not (found.country.name and location.endswith(found.country.name)):
        return ""
    if len(_codes) >= MOST_CODES:
        _codes.clear()
    return _codes.setdefault(location, found.country.iso_code or "")


def database_problem() -> str | None:
    """Return a sentence that says why the configured database cannot be used.

    :returns: None if it can be used, or if none is configured.
    """
    path = _path()
    if path is None:
        return None
    try:
        _open(path).close()
    except _DatabaseUnusable as error:
        return str(error)
    return None


def _find(address: str | None) -> "City | None":
    """Return what the database knows of an address; None as for :func:`locate`."""
    path = _path()
    if path is None or address is None:
        return None
    try:
        public = ipaddress.ip_address(address).is_global
    except ValueError:
        return None
    reader = _reader(path) if public else None
    if reader is None:
        return None
    from geoip2.errors import AddressNotFoundError

    try:
        return reader.city(address)
    except AddressNotFoundError:
        return None
    except Exception as error:  # a broken record can surface as almost anything
        _give_up(path, f"The location database {path} is broken: {type(error).__name__}.")
        return None


def _path() -> str | None:
    path = api_settings().GEOIP_DATABASE
    return None if path is None else str(path)


def _reader(path: str) -> "Reader | None":
    with _lock:
        if path not in _readers:
            try:
                _readers[path] = _open(path)
            except _DatabaseUnusable as error:
                _readers[path] = None
                logger.error("Could not look up locations: %s", error)
        return _readers[path]


def _give_up(path: str, problem: str) -> None:
    with _lock:
        if _readers.get(path) is not None:
            _readers[path] = None
            logger.error("Could not look up locations: %s", problem)


def _open(path: str) -> "Reader":
    """Open the database at ``path``.

    :raises _DatabaseUnusable: it is not a readable city database, or geoip2 is not installed.
    """
    try:
        from geoip2.database import MODE_FILE, Reader
    except ImportError as error:
        raise _DatabaseUnusable(
            "Locations need the package geoip2: install cumulonimbus[geoip]."
        ) from error
    try:
        # Not memory-mapped: if the file were overwritten in place, reading it could kill the
        # process.
        reader = Reader(path, mode=MODE_FILE)
    except Exception as error:  # a broken file can surface as almost anything
        raise _DatabaseUnusable(
            f"The location database {path} cannot be opened: {type(error).__name__}."
        ) from error
    edition = reader.metadata().database_type
    if "City" not in edition and "Enterprise" not in edition:
        reader.close()
        raise _DatabaseUnusable(
            f"The location database {path} is a {edition} database: a City database is needed."
        )
    return reader


@receiver(setting_changed)
def _forget(*, setting: str, **_: object) -> None:
    if setting == SETTINGS_NAME:
        with _lock:
            for reader in filter(None, _readers.values()):
                reader.close()
            _readers.clear()
            _codes.clear()
