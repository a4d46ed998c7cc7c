"""What a user agent tells of the device: browser, operating system, hardware."""

import re
from dataclasses import dataclass
from urllib.parse import unquote

import ua_parser

from sessions_api.callers.clients import USER_AGENT_LENGTH

PART_LENGTH = 64

# Tools and libraries of people who write programs. Not among them: okhttp, Dart, Alamofire, Ktor,
# WinHTTP and CFNetwork, by which apps in the hands of ordinary users name themselves.
_TOOL_NAMES = "|".join(
    map(
        re.escape,
        (
            *("Postman", "PostmanRuntime", "insomnia", "Bruno", "bruno-runtime", "Thunder Client"),
            *("RapidAPI", "Paw", "Hoppscotch", "Yaak", "Kreya", "SoapUI", "Advanced Rest Client"),
            *("vscode-restclient", "IntelliJ HTTP Client", "httpyac", "Hurl", "HTTPie", "xh"),
            *("curl", "libcurl", "libcurl-agent", "PycURL", "Wget", "Wget2"),
            *("PowerShell", "WindowsPowerShell", "RestSharp"),
            *("k6", "Apache-JMeter", "JMeter", "ApacheBench", "Locust", "Gatling"),
            *("Artillery", "hey", "vegeta", "wrk", "oha", "autocannon", "siege", "bombardier"),
            *("python-requests", "python-httpx", "python-urllib3", "Python-urllib", "Python"),
            *("aiohttp", "Scrapy", "Go-http-client", "go-resty", "fasthttp", "reqwest", "ureq"),
            *("axios", "node-fetch", "undici", "node", "Deno", "Bun", "got", "needle", "jsdom"),
            *("superagent", "node-superagent", "GuzzleHttp", "Symfony HttpClient", "Faraday"),
            *("rest-client", "Ruby", "http.rb", "HTTPClient", "Mechanize", "excon", "Typhoeus"),
            *("libwww-perl", "HTTP-Tiny", "Mojolicious", "lua-resty-http", "hackney"),
            *("Apache-HttpClient", "Jakarta Commons-HttpClient", "Java", "Java-http-client"),
            *("Google-HTTP-Java-Client", "unirest-java", "ReactorNetty", "Jersey", "AHC"),
            *("Vert.x-WebClient", "OpenAPI-Generator", "Swagger-Codegen"),
        ),
    )
)
_VERSION = r"/v?(?P<version>\d[\w.+-]*)"
# RFC 9110 wants the product first that matters most, so what a program mentions after its own
# name, the library that it is made with, say, does not name it. Before the name may stand the
# language or the house that it is of, or all that a browser says of itself.
_TOOL = re.compile(
    rf"(?:Python/\S+ (?=aiohttp/)|Grafana (?=k6/))?(?P<name>{_TOOL_NAMES})"
    # IntelliJ's gives its edition with it: "/GoLand 2024.1".
    r"(?:(?:/(?:[A-Za-z]+ )+|[/ ]v?)(?P<version>\d[\w.+-]*)|(?=[/\s])|\Z)",
    re.IGNORECASE,
)
_BROWSER = r"Mozilla/\S+ \([^)]*\) (?:AppleWebKit/\S+ \(KHTML, like Gecko\) )?"
_TOOL_BEHIND_A_BROWSER = re.compile(rf"{_BROWSER}(?P<name>{_TOOL_NAMES}){_VERSION}", re.IGNORECASE)
_PRODUCT = re.compile(
    rf"(?P<name>[^/()]*?[^/()\s])(?:{_VERSION}| v?(?P<dotted_version>\d+\.[\w.+-]+))"
)
_ELECTRON_APP = re.compile(rf"{_BROWSER}(?P<name>[^/()]*?[^/()\s]){_VERSION} Chrome/")
# ua-parser knows no HarmonyOS, and takes "HuaweiBrowser" for hardware.
_HARMONY_OS = re.compile(r"\b(?:OpenHarmony|HarmonyOS)\b(?:[ /](?P<version>\d[\d.]*))?")
_BRANDED_BROWSER = re.compile(r"\w*Browser/\S*")

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
    parsed = ua_parser.parse(user_agent)
    tool = _TOOL.match(user_agent) or _TOOL_BEHIND_A_BROWSER.match(user_agent)
    browser, version = _named(tool) if tool else _browser(parsed)
    os, os_version = _operating_system(parsed)
    return Device(
        browser=_printable(browser),
        version=_printable(version),
        platform=_printable(_hardware(parsed)),
        os=_printable(os),
        os_version=_printable(os_version),
        is_dev=tool is not None,
    )


def _browser(parsed: ua_parser.Result) -> tuple[str, str]:
    """The name and the version of a browser, an app or a bot."""
    known, user_agent = parsed.user_agent, parsed.string
    app = None
    if known and known.family == "Electron":
        app = _ELECTRON_APP.match(user_agent)
    elif not _is_bot(parsed) and not user_agent.startswith("Opera/"):
        app = None if "Mozilla/" in user_agent else _PRODUCT.match(user_agent)
    if app:
        return _named(app)
    if not known:
        return "", ""
    numbers = _dotted(known.major, known.minor, known.patch, known.patch_minor)
    return _EDITION.sub("", known.family), _whole(numbers, user_agent)


def _named(product: re.Match[str]) -> tuple[str, str]:
    parts = product.groupdict(default="")
    # Apple's CFNetwork writes the spaces of an app's name as URLs do.
    return unquote(parts["name"]), parts.get("dotted_version") or parts["version"]


def _operating_system(parsed: ua_parser.Result) -> tuple[str, str]:
    if harmony := _HARMONY_OS.search(parsed.string):
        return "HarmonyOS", harmony["version"] or ""
    if not parsed.os:
        return "", ""
    name = _OS_NAMES.get(parsed.os.family, parsed.os.family)
    return name, _dotted(parsed.os.major, parsed.os.minor, parsed.os.patch)


def _hardware(parsed: ua_parser.Result) -> str:
    device = parsed.device
    if _BRANDED_BROWSER.search(parsed.string):
        device = ua_parser.parse_device(_BRANDED_BROWSER.sub("", parsed.string))
    if not device or device.brand in _NO_BRANDS or device.family in _NO_DEVICES:
        return ""
    return device.family


def _is_bot(parsed: ua_parser.Result) -> bool:
    return parsed.device is not None and parsed.device.brand == "Spider"


def _dotted(*numbers: str | None) -> str:
    return ".".join(filter(None, numbers))


def _whole(version: str, user_agent: str) -> str:
    """A version with the parts that ua-parser leaves off, for it reads three of some browsers'."""
    found = re.search(rf"(?<=[/ ]){re.escape(version)}(?:\.\d+)*", user_agent) if version else None
    return found[0] if found else version


def _printable(text: str) -> str:
    return "".join(filter(str.isprintable, text)).strip()[:PART_LENGTH]
