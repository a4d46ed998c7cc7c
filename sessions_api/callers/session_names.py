"""Names of sessions: the one that the client asks for, or one made from the device."""

from django.http import HttpRequest

from sessions_api.callers.clients import header_text
from sessions_api.callers.devices import Device

NAME_LENGTH = 128
UNKNOWN_DEVICE = "Unknown device"
#: Begins the names of sessions of the console, because clients of the API see only the name.
CONSOLE = "Console: "


def clean_session_name(text: str) -> str | None:
    """Strip surrounding whitespace from a session name.

    :returns: 1 to 128 printable characters (:meth:`str.isprintable`); None if the rest is not that.
    """
    name = text.strip()
    return name if 1 <= len(name) <= NAME_LENGTH and name.isprintable() else None


def default_session_name(user_agent: str, device: Device, *, console: bool = False) -> str:
    """Return a name for a session whose client did not ask for one.

    :param console: whether the session is one of the console; the name begins with that.
    :returns: ``Chrome v87 on Linux``, without the parts that are unknown; the user agent itself if
        all are; ``Unknown device`` if it is empty. :func:`clean_session_name` accepts the name.
    """
    known = [
        f"{name} v{version.partition('.')[0]}" if version else name
        for name, version in ((device.browser, device.version), (device.os, device.os_version))
        if name
    ]
    readable = "".join(filter(str.isprintable, " on ".join(known) or user_agent))
    name = readable.strip() or UNKNOWN_DEVICE
    return f"{CONSOLE if console else ''}{name}"[:NAME_LENGTH].rstrip()


def requested_session_name(request: HttpRequest, *headers: str) -> str | None:
    """Return the session name from a header such as ``X-Session-Name``, in UTF-8 or Latin-1.

    :param headers: names of headers; the first one with a valid name is used.
    :returns: None if no header has a valid name.
    """
    for header in headers:
        key = f"HTTP_{header.upper().replace('-', '_')}"
        if name := clean_session_name(header_text(request, key)):
            return name
    return None
