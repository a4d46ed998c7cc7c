"""Parsing of user agents."""

import time

import pytest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from sessions_api.callers.clients import Client
from sessions_api.callers.devices import Device, parse_device
from sessions_api.callers.session_names import default_session_name
from tests.sessions_api.callers.user_agents import AGENTS, ANDROID


@pytest.mark.parametrize(("header", "device", "name"), AGENTS)
def test_device_and_session_name(header: str, device: Device, name: str) -> None:
    user_agent = Client.of(RequestFactory().get("/", HTTP_USER_AGENT=header)).user_agent
    assert parse_device(user_agent) == device
    assert default_session_name(user_agent, device) == name


@pytest.mark.parametrize(
    ("user_agent", "browser", "version"),
    [
        ("Java/17.0.1", "Java", "17.0.1"),
        ("python-httpx/0.27.0", "python-httpx", "0.27.0"),
        ("Python/3.12 aiohttp/3.9.5", "aiohttp", "3.9.5"),
        ("axios/1.7.2", "axios", "1.7.2"),
        ("node-fetch/1.0 (+https://github.com/bitinn/node-fetch)", "node-fetch", "1.0"),
        ("node", "node", ""),
        ("undici", "undici", ""),
        (
            "Mozilla/5.0 (Windows NT 10.0; Microsoft Windows 10.0.22631) PowerShell/7.4.2",
            "PowerShell",
            "7.4.2",
        ),
        ("bruno-runtime/1.20.0", "bruno-runtime", "1.20.0"),
        ("Thunder Client (https://www.thunderclient.com)", "Thunder Client", ""),
        ("RapidAPI/4.2.0 (Macintosh; OS X/14.4.0) GCDHTTPRequest", "RapidAPI", "4.2.0"),
        ("Paw/3.3.1 (Macintosh; OS X/11.2.3) GCDHTTPRequest", "Paw", "3.3.1"),
        ("Grafana k6/1.0.0", "k6", "1.0.0"),
        ("Apache-HttpClient/4.5.14 (Java/17.0.8)", "Apache-HttpClient", "4.5.14"),
        ("python-urllib3/2.2.1", "python-urllib3", "2.2.1"),
        ("Python-urllib/3.12", "Python-urllib", "3.12"),
        ("Wget2/2.1.0", "Wget2", "2.1.0"),
        ("aria2/1.36.0", "aria2", "1.36.0"),
        ("lwp-request/6.67 libwww-perl/6.67", "lwp-request", "6.67"),
        ("lwp-trivial/1.41", "lwp-trivial", "1.41"),
        ("LWP::Simple/6.67 libwww-perl/6.67", "LWP::Simple", "6.67"),
        ("WWW-Mechanize/2.17", "WWW-Mechanize", "2.17"),
        ("Apidog/1.0.0 (https://apidog.com)", "Apidog", "1.0.0"),
        ("h2load nghttp2/1.52.0", "h2load", ""),
        ("Java-http-client/17.0.1", "Java-http-client", "17.0.1"),
        ("vscode-restclient", "vscode-restclient", ""),
        ("IntelliJ HTTP Client/IntelliJ IDEA 2024.1", "IntelliJ HTTP Client", "2024.1"),
        ("IntelliJ HTTP Client/GoLand 2023.2.1", "IntelliJ HTTP Client", "2023.2.1"),
        ("Hurl/4.3.0", "Hurl", "4.3.0"),
        ("hurl/4.3.0", "hurl", "4.3.0"),
        ("PycURL/7.45.3 libcurl/8.5.0 OpenSSL/3.0.13 zlib/1.3", "PycURL", "7.45.3"),
        ("Mechanize/2.10.1 Ruby/3.2.3p157", "Mechanize", "2.10.1"),
        ("RestSharp/111.2.0.0", "RestSharp", "111.2.0.0"),
        ("RestSharp 106.11.4.0", "RestSharp", "106.11.4.0"),
        ("Faraday v2.9.0", "Faraday", "2.9.0"),
        ("Symfony HttpClient (Curl)", "Symfony HttpClient", ""),
        ("Jakarta Commons-HttpClient/3.1", "Jakarta Commons-HttpClient", "3.1"),
        ("OpenAPI-Generator/1.0.0/python", "OpenAPI-Generator", "1.0.0"),
        ("reqwest/0.12.4", "reqwest", "0.12.4"),
        ("HTTPClient/1.0 (2.8.3, ruby 3.2.3 (2024-01-18))", "HTTPClient", "1.0"),
        (
            "Mozilla/5.0 (linux) AppleWebKit/537.36 (KHTML, like Gecko) jsdom/20.0.3",
            "jsdom",
            "20.0.3",
        ),
    ],
)
def test_developer_tools(user_agent: str, browser: str, version: str) -> None:
    device = parse_device(user_agent)
    assert (device.browser, device.version, device.is_dev) == (browser, version, True)
    assert device.platform in {"", "Mac"}


@pytest.mark.parametrize(
    "user_agent",
    [
        "okhttp/4.12.0",
        "curly-app/1.0",
        "my-curl/1.0",
        "curl-like-app/1.0",
        "AcmeApp/1.0 PostmanRuntime/7.26.8",
        "AcmeApp 1.0 curl/8.5.0",
        "AcmeApp (iPhone) axios/1.7.2",
        "Microsoft-WinHTTP/1.0",
        f"{ANDROID} Chrome/124.0.0.0 Mobile Safari/537.36 axios/1.7.2",
        f"{ANDROID} AcmeApp/1.0 curl/8.5.0",
        f"{ANDROID} node got hey Chrome/124.0.0.0 Mobile Safari/537.36",
    ],
)
def test_not_developer_tools(user_agent: str) -> None:
    assert not parse_device(user_agent).is_dev


@given(st.text(max_size=600) | st.from_regex(r"[\w(;/. ]{1,600}"))
def test_the_parts_are_short_and_printable_for_any_text(user_agent: str) -> None:
    device = parse_device(user_agent)
    for part in (device.browser, device.version, device.platform, device.os, device.os_version):
        assert len(part) <= 64
        assert not part or part.isprintable()


def test_a_long_user_agent_is_truncated_before_parsing() -> None:
    start = time.process_time()
    assert parse_device("Mozilla/5.0 (Linux; Android 13; " * 32_768) == parse_device(
        "Mozilla/5.0 (Linux; Android 13; " * 16
    )
    # Parsing the whole megabyte would take many seconds.
    assert time.process_time() - start < 1
