"""What a session is called: as its client asks, or else after the device."""

from django.http import HttpRequest

from sessions_api.callers.clients import header_text
from sessions_api.callers.devices import Device

NAME_LENGTH = 128
UNKNOWN_DEVICE = "Unknown device"


def clean_session_name(text: str) -> str | None:
    """``text`` without surrounding whitespace if that leaves 1 to 128 printable characters
    (:meth:`str.isprintable`), else None."""
    name = text.strip()
    return name if 1 <= len(name) <= NAME_LENGTH and name.isprintable() else None


def default_session_name(user_agent: str, device: Device) -> str:
    """A name for a session whose client did not ask for one.

    ``Chrome v87 on Linux``, with parts that are not known left out; the user agent itself where
    nothing is known; ``Unknown device`` where there is none.

    :returns: a name that :func:`clean_session_name` accepts.
    """
    known = [
        f"{name} v{version.partition('.')[0]}" if version else name
        for name, version in ((device.browser, device.version), (device.os, device.os_version))
        if name
    ]
    readable = "".join(filter(str.isprintable, " on ".join(known) or user_agent))
    return readable.strip()[:NAME_LENGTH].rstrip() or UNKNOWN_DEVICE


def requested_session_name(request: HttpRequest, *headers: str) -> str | None:
    """The name that a header such as ``X-Session-Name`` asks for, in UTF-8 or Latin-1.

    :param headers: the names of the headers; the first one that holds an acceptable name counts.
    :returns: None where none does.
    """
    for header in headers:
        key = f"HTTP_{header.upper().replace('-', '_')}"
        if name := clean_session_name(header_text(request, key)):
            return name
    return None
