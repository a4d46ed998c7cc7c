"""Real user agents, with the device and the default name of a session."""

from sessions_api.callers.devices import Device

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
WEB_VIEW = f"Mozilla/5.0 (Linux; Android 13; SM-G991B Build/TP1A.220624.014; wv) {BLINK}"
HUAWEI = "Mozilla/5.0 (Linux; Android 10; {device}) " + BLINK
HARMONY = "Mozilla/5.0 (Phone; OpenHarmony 5.0{more}) " + BLINK

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

# Editions of a browser have the same name.
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

# Browsers of some manufacturers look like hardware, and HarmonyOS looks like Android.
ON_HARMONY_OS_AND_ITS_LIKE: Agents = [
    (
        HUAWEI.format(device="ELE-L29; HMSCore 6.11.0.302")
        + " Chrome/99.0.4844.88 HuaweiBrowser/13.0.5.303 Mobile Safari/537.36",
        Device("Huawei Browser", "13.0.5.303", "", "Android", "10"),
        "Huawei Browser v13 on Android v10",
    ),
    (
        HUAWEI.format(device="VOG-L29")
        + " Version/4.0 HuaweiBrowser/10.0.1.335 Mobile Safari/537.36",
        Device("Huawei Browser", "10.0.1.335", "Huawei VOG-L29", "Android", "10"),
        "Huawei Browser v10 on Android v10",
    ),
    (
        HUAWEI.format(device="HarmonyOS; NOH-AN00; HMSCore 6.9.0.302")
        + " Chrome/99.0.4844.88 HuaweiBrowser/13.0.3.302 Mobile Safari/537.36",
        Device("Huawei Browser", "13.0.3.302", "", "HarmonyOS"),
        "Huawei Browser v13 on HarmonyOS",
    ),
    (
        (
            f"Mozilla/5.0 (Linux; HarmonyOS; ELS-AN00) {BLINK} Chrome/92.0.4515.105 "
            "HuaweiBrowser/12.0.1.300 Mobile Safari/537.36"
        ),
        Device("Huawei Browser", "12.0.1.300", "", "HarmonyOS"),
        "Huawei Browser v12 on HarmonyOS",
    ),
    (
        HARMONY.format(more="")
        + " Chrome/114.0.0.0 Safari/537.36 ArkWeb/4.1.6.1 Mobile HuaweiBrowser/5.0.4.300",
        Device("Huawei Browser", "5.0.4.300", "", "HarmonyOS", "5.0"),
        "Huawei Browser v5 on HarmonyOS v5",
    ),
    (
        HARMONY.format(more="; HarmonyOS 5.0")
        + " Chrome/114.0.0.0 Safari/537.36 ArkWeb/4.1.6.1 Mobile",
        Device("Chrome", "114.0.0.0", "", "HarmonyOS", "5.0"),
        "Chrome v114 on HarmonyOS v5",
    ),
    (
        (
            f"Mozilla/5.0 (Linux; U; Android 13; zh-cn; 2201123C Build/TKQ1.220807.001) {BLINK} "
            "Version/4.0 Chrome/109.0.5414.118 Mobile Safari/537.36 XiaoMi/MiuiBrowser/17.9.120429"
        ),
        Device("MiuiBrowser", "17.9.120429", "", "Android", "13"),
        "MiuiBrowser v17 on Android v13",
    ),
    (
        (
            f"Mozilla/5.0 (Linux; U; Android 13; en-us; CPH2305 Build/TP1A) {BLINK} Version/4.0 "
            "Chrome/115.0.5790.168 Mobile Safari/537.36 HeyTapBrowser/45.10.5.1"
        ),
        Device("HeyTap Browser", "45.10.5.1", "Oppo CPH2305", "Android", "13"),
        "HeyTap Browser v45 on Android v13",
    ),
    (
        (
            f"Mozilla/5.0 (Linux; arm_64; Android 13; SM-A525F) {BLINK} Chrome/122.0.6261.132 "
            "YaBrowser/24.4.0.132.00 SA/3 Mobile Safari/537.36"
        ),
        Device("Yandex Browser", "24.4.0.132.00", "Samsung SM-A525F", "Android", "13"),
        "Yandex Browser v24 on Android v13",
    ),
]

#: Web views are named after the app.
IN_APPS: Agents = [
    (
        f"{IPHONE} Mobile/15E148 MicroMessenger/8.0.48(0x1800302c) NetType/WIFI Language/zh_CN",
        Device("WeChat Browser", "8.0.48", "iPhone", "iOS", "17.4"),
        "WeChat Browser v8 on iOS v17",
    ),
    (
        f"{IPHONE} Mobile/15E148 [FBAN/FBIOS;FBAV/463.0.0.27.107;FBDV/iPhone14,5;FBSV/17.4]",
        Device("Facebook", "463.0.0.27.107", "iPhone", "iOS", "17.4"),
        "Facebook v463 on iOS v17",
    ),
    (
        f"{WEB_VIEW} Version/4.0 Chrome/124.0.6367.82 Mobile Safari/537.36 Line/14.5.1/IAB",
        Device("LINE", "14.5.1", "Samsung SM-G991B", "Android", "13"),
        "LINE v14 on Android v13",
    ),
    (
        f"{IPHONE} Mobile/15E148 Snapchat/12.83.0.42 (like Safari/8617.3.6.10.10, panda)",
        Device("Snapchat", "12.83.0.42", "iPhone", "iOS", "17.4"),
        "Snapchat v12 on iOS v17",
    ),
    (
        f"{WINDOWS} Slack/4.37.101 Chrome/122.0.6261.156 Electron/29.3.0 Safari/537.36",
        Device("Slack", "4.37.101", "", "Windows", "10"),
        "Slack v4 on Windows v10",
    ),
    (
        f"{WINDOWS} Chrome/122.0.6261.156 Electron/29.3.0 Safari/537.36",
        Device("Electron", "29.3.0", "", "Windows", "10"),
        "Electron v29 on Windows v10",
    ),
]

BOTS: Agents = [
    (
        "LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)",
        Device("LinkedInBot", "1.0"),
        "LinkedInBot v1",
    ),
    (
        "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
        Device("Slackbot-LinkExpanding", "1.0"),
        "Slackbot-LinkExpanding v1",
    ),
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
    # The first product is the app, the others are its libraries.
    (
        "UnityPlayer/2022.3.10f1 (UnityWebRequest/1.0, libcurl/8.1.1-DEV)",
        Device("UnityPlayer", "2022.3.10f1"),
        "UnityPlayer v2022",
    ),
    (
        "AcmeApp/3.2.1 (iPhone; iOS 17.4) axios/1.7.2",
        Device("AcmeApp", "3.2.1", "iPhone", "iOS", "17.4"),
        "AcmeApp v3 on iOS v17",
    ),
    (
        "Acme App/3.2.1 (Linux; Android 14; Pixel 8) okhttp/4.12.0",
        Device("Acme App", "3.2.1", "Pixel 8", "Android", "14"),
        "Acme App v3 on Android v14",
    ),
    (
        "Acme%20App/42 CFNetwork/1490.0.4 Darwin/23.2.0",
        Device("Acme App", "42", "", "iOS", "17.2"),
        "Acme App v42 on iOS v17",
    ),
    (
        "com.acme.app/3.2 iPhone/17.4 hw/iPhone14_5",
        Device("com.acme.app", "3.2", "iPhone", "iOS", "17.4"),
        "com.acme.app v3 on iOS v17",
    ),
    (
        "Instagram 330.0.0.40.92 Android (33/13; 420dpi; 1080x2208; samsung; SM-G991B)",
        Device("Instagram", "330.0.0.40.92", "Samsung SM-G991B", "Android"),
        "Instagram v330 on Android",
    ),
    (
        "Dalvik/2.1.0 (Linux; U; Android 13; SM-G991B Build/TP1A.220624.014)",
        Device("Dalvik", "2.1.0", "Samsung SM-G991B", "Android", "13"),
        "Dalvik v2 on Android v13",
    ),
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
    # Long parts are truncated.
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
    *ON_HARMONY_OS_AND_ITS_LIKE,
    *IN_APPS,
    *BOTS,
    *PROGRAMS,
    *NOTHING_TO_GO_BY,
]
