"""User agents as they are met, each with its device and the name of a session begun on it."""

from sessions_api.devices import Device

WEBKIT = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
BLINK = "AppleWebKit/537.36 (KHTML, like Gecko)"
IPHONE = f"Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) {WEBKIT}"
IPAD = f"Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) {WEBKIT}"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)"
WINDOWS = f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {BLINK}"
LINUX = f"Mozilla/5.0 (X11; Linux x86_64) {BLINK}"
GALAXY = f"Mozilla/5.0 (Linux; Android 13; SM-G991B) {BLINK}"
PIXEL = f"Mozilla/5.0 (Linux; Android 14; Pixel 8) {BLINK}"
TABLET = f"Mozilla/5.0 (Linux; Android 12; SM-X906C Build/QP1A.190711.020; wv) {BLINK}"
ANDROID = f"Mozilla/5.0 (Linux; Android 10; K) {BLINK}"

Agents = list[tuple[str, Device, str]]

#: The two of the wire contract.
OF_THE_CONTRACT: Agents = [
    (
        f"{LINUX} Chrome/87.0.4280.88 Safari/537.36",
        Device("Chrome", "87.0.4280.88", "", "Linux"),
        "Chrome v87 on Linux",
    ),
    (
        "PostmanRuntime/7.26.8",
        Device("PostmanRuntime", "7.26.8", is_dev=True),
        "PostmanRuntime v7",
    ),
]

COMPUTERS: Agents = [
    (
        f"{WINDOWS} Chrome/124.0.0.0 Safari/537.36",
        Device("Chrome", "124.0.0.0", "", "Windows", "10"),
        "Chrome v124 on Windows v10",
    ),
    (
        f"{WINDOWS} Chrome/124.0.0.0 Safari/537.36 Edg/124.0.2478.51",
        Device("Edge", "124.0.2478.51", "", "Windows", "10"),
        "Edge v124 on Windows v10",
    ),
    (
        f"{WINDOWS} Chrome/124.0.0.0 Safari/537.36 OPR/110.0.5130.64",
        Device("Opera", "110.0.5130.64", "", "Windows", "10"),
        "Opera v110 on Windows v10",
    ),
    (
        f"{WINDOWS} Chrome/124.0.0.0 Safari/537.36 Vivaldi/6.7.3329.57",
        Device("Vivaldi", "6.7.3329.57", "", "Windows", "10"),
        "Vivaldi v6 on Windows v10",
    ),
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:125.0) Gecko/20100101 Firefox/125.0",
        Device("Firefox", "125.0", "", "Windows", "10"),
        "Firefox v125 on Windows v10",
    ),
    (
        "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko",
        Device("IE", "11.0", "", "Windows", "7"),
        "IE v11 on Windows v7",
    ),
    (
        f"{MAC} {WEBKIT} Version/17.3 Safari/605.1.15",
        Device("Safari", "17.3", "Mac", "macOS", "10.15.7"),
        "Safari v17 on macOS v10",
    ),
    (
        f"{MAC} {BLINK} Chrome/124.0.0.0 Safari/537.36",
        Device("Chrome", "124.0.0.0", "Mac", "macOS", "10.15.7"),
        "Chrome v124 on macOS v10",
    ),
    (
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:125.0) Gecko/20100101 Firefox/125.0",
        Device("Firefox", "125.0", "Mac", "macOS", "10.15"),
        "Firefox v125 on macOS v10",
    ),
    (
        f"{MAC} {BLINK} Chrome/124.0.0.0 Safari/537.36 Edg/124.0.2478.51",
        Device("Edge", "124.0.2478.51", "Mac", "macOS", "10.15.7"),
        "Edge v124 on macOS v10",
    ),
    (
        "Mozilla/5.0 (X11; Linux x86_64; rv:102.0) Gecko/20100101 Firefox/102.0",
        Device("Firefox", "102.0", "", "Linux"),
        "Firefox v102 on Linux",
    ),
    (
        "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:125.0) Gecko/20100101 Firefox/125.0",
        Device("Firefox", "125.0", "", "Ubuntu"),
        "Firefox v125 on Ubuntu",
    ),
    (
        "Mozilla/5.0 (X11; FreeBSD amd64; rv:122.0) Gecko/20100101 Firefox/122.0",
        Device("Firefox", "122.0", "", "FreeBSD"),
        "Firefox v122 on FreeBSD",
    ),
    (
        f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {BLINK} Chrome/124.0.0.0 Safari/537.36",
        Device("Chrome", "124.0.0.0", "", "Chrome OS", "14541.0.0"),
        "Chrome v124 on Chrome OS v14541",
    ),
]

# Editions of one browser go by its name.
PHONES_AND_TABLETS: Agents = [
    (
        f"{IPHONE} Version/17.4 Mobile/15E148 Safari/604.1",
        Device("Safari", "17.4", "iPhone", "iOS", "17.4"),
        "Safari v17 on iOS v17",
    ),
    (
        f"{IPHONE} CriOS/123.0.6312.52 Mobile/15E148 Safari/604.1",
        Device("Chrome", "123.0.6312.52", "iPhone", "iOS", "17.4"),
        "Chrome v123 on iOS v17",
    ),
    (
        f"{IPHONE} FxiOS/124.0 Mobile/15E148 Safari/605.1.15",
        Device("Firefox", "124.0", "iPhone", "iOS", "17.4"),
        "Firefox v124 on iOS v17",
    ),
    (
        f"{IPHONE} EdgiOS/123.0.2420.56 Version/17.0 Mobile/15E148 Safari/604.1",
        Device("Edge", "123.0.2420.56", "iPhone", "iOS", "17.4"),
        "Edge v123 on iOS v17",
    ),
    (
        f"{IPHONE} Mobile/15E148",
        Device("Safari", "", "iPhone", "iOS", "17.4"),
        "Safari on iOS v17",
    ),
    (
        f"{IPAD} Version/16.6 Mobile/15E148 Safari/604.1",
        Device("Safari", "16.6", "iPad", "iOS", "16.6"),
        "Safari v16 on iOS v16",
    ),
    (
        f"{IPAD} CriOS/123.0.6312.52 Mobile/15E148 Safari/604.1",
        Device("Chrome", "123.0.6312.52", "iPad", "iOS", "16.6"),
        "Chrome v123 on iOS v16",
    ),
    (
        f"{GALAXY} Chrome/112.0.0.0 Mobile Safari/537.36",
        Device("Chrome", "112.0.0.0", "Samsung SM-G991B", "Android", "13"),
        "Chrome v112 on Android v13",
    ),
    (
        f"{GALAXY} SamsungBrowser/24.0 Chrome/117.0.0.0 Mobile Safari/537.36",
        Device("Samsung Internet", "24.0", "Samsung SM-G991B", "Android", "13"),
        "Samsung Internet v24 on Android v13",
    ),
    (
        f"{PIXEL} Chrome/124.0.6367.82 Mobile Safari/537.36",
        Device("Chrome", "124.0.6367.82", "Pixel 8", "Android", "14"),
        "Chrome v124 on Android v14",
    ),
    (
        f"{TABLET} Version/4.0 Chrome/80.0.3987.119 Mobile Safari/537.36",
        Device("Chrome", "80.0.3987.119", "Samsung SM-X906C", "Android", "12"),
        "Chrome v80 on Android v12",
    ),
    (
        f"{ANDROID} Chrome/124.0.0.0 Mobile Safari/537.36 EdgA/124.0.0.0",
        Device("Edge", "124.0.0.0", "", "Android", "10"),
        "Edge v124 on Android v10",
    ),
    (
        "Mozilla/5.0 (Android 14; Mobile; rv:125.0) Gecko/125.0 Firefox/125.0",
        Device("Firefox", "125.0", "", "Android", "14"),
        "Firefox v125 on Android v14",
    ),
]

BOTS: Agents = [
    (
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        Device("Googlebot", "2.1"),
        "Googlebot v2",
    ),
    (
        "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
        Device("bingbot", "2.0"),
        "bingbot v2",
    ),
    (
        f"Mozilla/5.0 {BLINK[:-1]}; compatible; GPTBot/1.0; +https://openai.com/gptbot)",
        Device("GPTBot", "1.0"),
        "GPTBot v1",
    ),
    ("Twitterbot/1.0", Device("Twitterbot", "1.0"), "Twitterbot v1"),
    (
        "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
        Device("FacebookBot", "1.1"),
        "FacebookBot v1",
    ),
]

#: Programs that name themselves.
PROGRAMS: Agents = [
    (
        "Cumulonimbus-Wrapper/5.1.0",
        Device("Cumulonimbus-Wrapper", "5.1.0"),
        "Cumulonimbus-Wrapper v5",
    ),
    ("cloud-app/v2", Device("cloud-app", "2"), "cloud-app v2"),
    ("okhttp/4.12.0", Device("okhttp", "4.12.0"), "okhttp v4"),
    ("Dart/3.3 (dart:io)", Device("Dart", "3.3"), "Dart v3"),
    ("kube-probe/1.29", Device("kube-probe", "1.29"), "kube-probe v1"),
    (
        "My\u202eApp/1.0 CFNetwork/1490 Darwin/23.4.0",
        Device("MyApp", "1.0", "", "iOS", "17.4"),
        "MyApp v1 on iOS v17",
    ),
    ("curl/8.5.0", Device("curl", "8.5.0", is_dev=True), "curl v8"),
    ("Wget/1.21.4", Device("Wget", "1.21.4", is_dev=True), "Wget v1"),
    ("HTTPie/3.2.2", Device("HTTPie", "3.2.2", is_dev=True), "HTTPie v3"),
    ("insomnia/2023.5.8", Device("insomnia", "2023.5.8", is_dev=True), "insomnia v2023"),
    ("Go-http-client/2.0", Device("Go-http-client", "2.0", is_dev=True), "Go-http-client v2"),
    (
        "python-requests/2.31.0",
        Device("python-requests", "2.31.0", is_dev=True),
        "python-requests v2",
    ),
    (
        f"{WINDOWS} Postman/10.24.3 Chrome/108.0.5359.62 Electron/22.0.0 Safari/537.36",
        Device("Postman", "10.24.3", "", "Windows", "10", is_dev=True),
        "Postman v10 on Windows v10",
    ),
]

NOTHING_TO_GO_BY: Agents = [
    ("", Device(), "Unknown device"),
    (" \t", Device(), "Unknown device"),
    ("hello", Device(), "hello"),
    ("Mozilla/5.0", Device(), "Mozilla/5.0"),
    ("\x00\x01\xff\xfe\x1b[2J\x80", Device(), "ÿþ[2J"),
    ("\x00\x01\x02\x1f", Device(), "Unknown device"),
    ("x" * 65_536, Device(), "x" * 128),
    ("Mozilla/5.0 (" + "(" * 65_536, Device(), "Mozilla/5.0 (" + "(" * 115),
    # What goes into the parts is cut, too.
    (
        f"{'a' * 70}/{'1' * 70}",
        Device("a" * 64, "1" * 64),
        f"{'a' * 64} v{'1' * 62}",
    ),
]

AGENTS = [
    *OF_THE_CONTRACT,
    *COMPUTERS,
    *PHONES_AND_TABLETS,
    *BOTS,
    *PROGRAMS,
    *NOTHING_TO_GO_BY,
]
