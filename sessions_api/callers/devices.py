"""The device behind a user agent: browser, operating system and hardware."""

import re
from dataclasses import dataclass
from urllib.parse import unquote

import ua_parser

from sessions_api.callers.clients import USER_AGENT_LENGTH

PART_LENGTH = 64

# Developers' tools and HTTP libraries. Not okhttp, Dart, Alamofire, Ktor, WinHTTP and CFNetwork:
# apps for end users send these names.
_TOOL_NAMES = "|".join(
    map(
        re.escape,
        (
            *("Postman", "PostmanRuntime", "insomnia", "Bruno", "bruno-runtime", "Thunder Client"),
            *("RapidAPI", "Paw", "Hoppscotch", "Yaak", "Kreya", "Apidog", "SoapUI"),
            *("Advanced Rest Client", "vscode-restclient", "IntelliJ HTTP Client", "httpyac"),
            *("Hurl", "HTTPie", "xh", "curl", "libcurl", "libcurl-agent", "PycURL"),
            *("Wget", "Wget2", "aria2", "PowerShell", "WindowsPowerShell", "RestSharp"),
            *("k6", "Apache-JMeter", "JMeter", "ApacheBench", "Locust", "Gatling", "h2load"),
            *("Artillery", "hey", "vegeta", "wrk", "oha", "autocannon", "siege", "bombardier"),
            *("python-requests", "python-httpx", "python-urllib3", "Python-urllib", "Python"),
            *("aiohttp", "Scrapy", "Go-http-client", "go-resty", "fasthttp", "reqwest", "ureq"),
            *("axios", "node-fetch", "undici", "node", "Deno", "Bun", "got", "needle", "jsdom"),
            *("superagent", "node-superagent", "GuzzleHttp", "Symfony HttpClient", "Faraday"),
            *("rest-client", "Ruby", "http.rb", "HTTPClient", "Mechanize", "excon", "Typhoeus"),
            *("libwww-perl", "lwp-request", "lwp-download", "lwp-trivial", "LWP::Simple"),
            *("WWW-Mechanize", "HTTP-Tiny", "Mojolicious", "lua-resty-http", "hackney"),
            *("Apache-HttpClient", "Jakarta Commons-HttpClient", "Java", "Java-http-client"),
            *("Google-HTTP-Java-Client", "unirest-java", "ReactorNetty", "Jersey", "AHC"),
            *("Vert.x-WebClient", "OpenAPI-Generator", "Swagger-Codegen"),
        ),
    )
)
_VERSION = r"/v?(?P<version>\d[\w.+-]*)"
# Products come in decreasing order of significance (RFC 9110, 10.1.5), so the first one identifies
# a program, and not, say, the library that follows. The language, the vendor or a browser's whole
# user agent may precede the name.
_TOOL = re.compile(
    rf"(?:Python/\S+ (?=aiohttp/)|Grafana (?=k6/))?(?P<name>{_TOOL_NAMES})"
    # IntelliJ's client adds its edition: "/GoLand 2024.1".
    r"(?:(?:/(?:[A-Za-z]+ )+|[/ ]v?)(?P<version>\d[\w.+-]*)|(?=[/\s])|\Z)",
    re.IGNORECASE,
)
_BROWSER = r"Mozilla/\S+ \([^)]*\) (?:AppleWebKit/\S+ \(KHTML, like Gecko\) )?"
_TOOL_BEHIND_A_BROWSER = re.compile(rf"{_BROWSER}(?P<name>{_TOOL_NAMES}){_VERSION}", re.IGNORECASE)
_PRODUCT = re.compile(
    rf"(?P<name>[^/()]*?[^/()\s])(?:{_VERSION}| v?(?P<dotted_version>\d+\.[\w.+-]+))"
)
_ELECTRON_APP = re.compile(rf"{_BROWSER}(?P<name>[^/()]*?[^/()\s]){_VERSION} Chrome/")
# ua-parser does not know HarmonyOS, and mistakes "HuaweiBrowser" for hardware.
_HARMONY_OS = re.compile(r"\b(?:OpenHarmony|HarmonyOS)\b(?:[ /](?P<version>\d[\d.]*))?")
_BRANDED_BROWSER = re.compile(r"\w*Browser/\S*")

# ua-parser appends the edition to a browser's name: "Chrome Mobile iOS".
_EDITION = re.compile(r"(?: UI/WKWebView| WebView| iOS| Mobile)+$|^Mobile (?=Safari)")
_OS_NAMES = {"Mac OS X": "macOS"}
# Brands and models that ua-parser reports for unknown devices: it takes HTTPie for a feature phone,
# and Chrome sends "K" in place of every Android model.
_NO_BRANDS = frozenset({"Generic", "Spider"})
_NO_DEVICES = frozenset({"K", "iOS-Device", "Other"})


@dataclass(frozen=True)
class Device:
    """What is known about a device. Each text has at most 64 characters and is "" if unknown.

    :param platform: the hardware: ``iPhone``, ``Mac``, ``Samsung SM-G991B``.
    :param version: the browser's version, as dotted numbers; ``os_version`` likewise.
    :param is_dev: True for developers' tools such as Postman and curl.
    """

    browser: str = ""
    version: str = ""
    platform: str = ""
    os: str = ""
    os_version: str = ""
    is_dev: bool = False


def parse_device(user_agent: str) -> Device:
    """Parse a ``User-Agent`` header (RFC 9110, 10.1.5).

    Any text is accepted. Only its first 512 characters are read, because the time to parse it grows
    with its length.
    """
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
    """Return the name and the version of a browser, an app or a bot."""
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
    # Apple's CFNetwork percent-encodes the spaces in an app's name.
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
    """Complete a version from the user agent: of some browsers ua-parser reads only three parts."""
    found = re.search(rf"(?<=[/ ]){re.escape(version)}(?:\.\d+)*", user_agent) if version else None
    return found[0] if found else version


def _printable(text: str) -> str:
    return "".join(filter(str.isprintable, text)).strip()[:PART_LENGTH]
