"""Addresses whose windows do not end while a test asks a real server, which has a real clock."""

from collections.abc import Callable, Iterable

from tests.cast import PASSWORD

#: A login that fails with 404, which is not counted, but whose headers tell when the window ends.
NOBODY = {"username": "nobody", "password": PASSWORD}
#: How many seconds a window must still last.
LASTS = 30


def with_a_long_window(addresses: Iterable[str], reset_of: Callable[[str], str]) -> str:
    """Return the first address whose window of logins lasts for long enough.

    :param reset_of: logs in from an address as :data:`NOBODY`, and returns ``RateLimit-Reset``.
    """
    return next(address for address in addresses if int(reset_of(address)) > LASTS)
