"""What a user agent tells of the device: browser, operating system, hardware."""

import re
from dataclasses import dataclass

import ua_parser

from sessions_api.clients import USER_AGENT_LENGTH

PART_LENGTH = 64

# Tools and libraries of people who write programs. Not among them: okhttp, Dart and CFNetwork,
# by which apps in the hands of ordinary users name themselves.
_TOOL_NAMES = "|".join(
    map(
        re.escape,
        (
            *("Postman", "PostmanRuntime", "insomnia", "Bruno", "bruno-runtime", "Thunder Client"),
            *("RapidAPI", "Paw", "Hoppscotch", "Yaak", "HTTPie", "xh", "curl", "libcurl", "Wget"),
            *("PowerShell", "WindowsPowerShell", "k6", "Apache-JMeter", "JMeter", "ApacheBench"),
            *("hey", "vegeta", "python-requests", "python-httpx", "aiohttp", "Python-urllib"),
            *("Go-http-client", "axios", "node-fetch", "undici", "node", "Deno", "Bun", "got"),
            *("superagent", "node-superagent", "GuzzleHttp", "Faraday", "rest-client", "Ruby"),
            *("libwww-perl", "Apache-HttpClient", "Java"),
        ),
    )
)
_VERSION = r"/v?(?P<version>\d[\w.+-]*)"
# Several of the names are common words, so one without a version counts at the beginning only.
_VERSIONED_TOOL = re.compile(rf"(?<!\S)(?P<name>{_TOOL_NAMES}){_VERSION}", re.IGNORECASE)
_BARE_TOOL = re.compile(rf"(?P<name>{_TOOL_NAMES})(?!\S)", re.IGNORECASE)
# The product that RFC 9110 wants first; "Mozilla" there is a relic that names no browser.
_PRODUCT = re.compile(rf"(?!Mozilla/)(?P<name>[\w.+-]+){_VERSION}")

# ua-parser tells the editions of a browser apart by these words: "Chrome Mobile iOS".
_EDITION = re.compile(r"(?: UI/WKWebView| WebView| iOS| Mobile)+$|^Mobile (?=Safari)")
_OS_NAMES = {"Mac OS X": "macOS"}
# Brands and models under which ua-parser files what it does not know. HTTPie becomes a feature
# phone there, and "K" is what Chrome says in place of every Android device.
_NO_BRANDS = frozenset({"Generic", "Spider"})
_NO_DEVICES = frozenset({"K", "iOS-Device", "Other"})


@dataclass(frozen=True)
class Device:
    """What is known of a device; "" for each part that is not. No part exceeds 64 characters.

    ``platform`` is the hardware (``iPhone``, ``Mac``, ``Samsung SM-G991B``); versions are dotted
    numbers as far as known; ``is_dev`` is true for developers' tools such as Postman and curl.
    """

    browser: str = ""
    version: str = ""
    platform: str = ""
    os: str = ""
    os_version: str = ""
    is_dev: bool = False


def parse_device(user_agent: str) -> Device:
    """Read a device off a ``User-Agent`` header. Any text will do; only its first 512 characters
    are looked at, because parsing time grows with the length."""
    user_agent = user_agent[:USER_AGENT_LENGTH]
    tool = _VERSIONED_TOOL.search(user_agent) or _BARE_TOOL.match(user_agent)
    parsed = ua_parser.parse(user_agent)
    browser = version = platform = os = os_version = ""
    if parsed.os:
        os = _OS_NAMES.get(parsed.os.family, parsed.os.family)
        os_version = _dotted(parsed.os.major, parsed.os.minor, parsed.os.patch)
    if (
        parsed.device
        and parsed.device.brand not in _NO_BRANDS
        and parsed.device.family not in _NO_DEVICES
    ):
        platform = parsed.device.family
    if parsed.user_agent and not tool:
        known = parsed.user_agent
        browser = _EDITION.sub("", known.family)
        version = _whole(
            _dotted(known.major, known.minor, known.patch, known.patch_minor), user_agent
        )
    elif product := tool or _PRODUCT.match(user_agent):
        parts = product.groupdict(default="")
        browser, version = parts["name"], parts.get("version", "")
    return Device(
        browser=_printable(browser),
        version=_printable(version),
        platform=_printable(platform),
        os=_printable(os),
        os_version=_printable(os_version),
        is_dev=tool is not None,
    )


def _dotted(*numbers: str | None) -> str:
    return ".".join(filter(None, numbers))


def _whole(version: str, user_agent: str) -> str:
    """A version with the parts that ua-parser leaves off, for it reads three of some browsers'."""
    found = re.search(rf"(?<=[/ ]){re.escape(version)}(?:\.\d+)*", user_agent) if version else None
    return found[0] if found else version


def _printable(text: str) -> str:
    return "".join(filter(str.isprintable, text)).strip()[:PART_LENGTH]
