"""A generator of requests with malformed cookies, headers, content types and paths.

Texts of headers stand here as WSGI has them: each character is a byte. None is NUL, which servers
let pass in no header.
"""

from dataclasses import replace
from typing import Any
from urllib.parse import quote

from django.test import Client

from tests.hostile.fuzzer import Fuzzer, Sent, routes

#: A forged CSRF token, which Django accepts if cookie and form agree.
TOKEN = "a" * 32

#: Values of cookies and headers: bytes that are no UTF-8, octal numbers of NUL and others, texts
#: that look signed, that are too long, that break off.
VALUES = [
    "", " ", "x", "\xff\xfe", "\xed\xa0\xbd", "\xc0\x80", "\xe2\x82", '"', '"a', "=", ",", "%00",
    r'"aaaaaaaa\000aaaaaaaa"', r'"\377\376"', r'"\355\240\275"', r'"\012"', "x" * 9_000,
    "\xc3\xa9" * 4_000, "a;b=c", "[]", "null", "A" * 64, "a" * 31 + "-", "e30:x:y", ".eJx:1:x",
    "W1sw:1abc:" + "x" * 43, "set-password", "9" * 5_000, "\u00b2", "undefined",
]  # fmt: skip
COOKIES = ["sessionid", "sessionid", "csrftoken", "messages", "messages", "", "\xff", "__Secure-x"]
HEADERS = [
    "HTTP_REFERER", "HTTP_ORIGIN", "HTTP_USER_AGENT", "HTTP_ACCEPT", "HTTP_ACCEPT_LANGUAGE",
    "HTTP_HOST", "HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_IF_MODIFIED_SINCE",
    "HTTP_IF_NONE_MATCH", "HTTP_RANGE", "HTTP_X_REQUESTED_WITH", "HTTP_AUTHORIZATION",
    "HTTP_TRANSFER_ENCODING", "HTTP_CONTENT_ENCODING", "REMOTE_ADDR",
]  # fmt: skip
#: Servers refuse values that are not numbers, and wait if the body is shorter.
LENGTHS = ["", "0", "5"]
URLS = [
    "null", "http://[", "https://testserver/", "http://testserver", "//x", "http://testserver:x",
]  # fmt: skip

CHARSETS = [
    "x", "utf-16", "utf-7", "ascii", "latin-1", "idna", "hex", "zlib", "rot13", "\xff", '"',
    "utf-8;", "x" * 5_000, "..", "a/b", "__init__", "aliases", "mbcs",
]  # fmt: skip
#: Django cannot create a request with these: parameters in unknown encodings and in such that
#: Python refuses to decode in, and numbered in two ways.
UNREADABLE_TYPES = [
    "a/b; c*=x''y", "multipart/form-data; boundary*=idna''b", "application/json; charset*=foo''x",
    "application/x-www-form-urlencoded; charset*=undefined''b", "a/b; c*=x; c*0=y",
    "a/b; c*" + "9" * 5_000 + "=x",
]  # fmt: skip
TYPES = [
    *UNREADABLE_TYPES,
    "", "x", "/", ";", "text/plain", "application/json", "application/xml",
    "multipart/mixed; boundary=x", "multipart/form-data", "multipart/form-data; boundary=",
    'multipart/form-data; boundary="', "multipart/form-data; boundary=\xff",
    "multipart/form-data; boundary=" + "x" * 300, "multipart/form-data;boundary*=utf-8''%ff",
    "multipart/form-data; boundary*0=x", "application/x-www-form-urlencoded, text/plain",
    # Longer headers end in the servers, or in the project's handlers: Django 6.1 refuses them.
    "application/x-www-form-urlencoded;" * 200,
    "application/x-www-form-urlencoded; charset*=utf-8''%ff",
    "application/x-www-form-urlencoded; charset*=x", "\xff/\xff",
]  # fmt: skip
#: Headers of a part of a multipart body, and what it holds.
PARTS = [
    b'Content-Disposition: form-data; name="x"\r\nContent-Transfer-Encoding: base64\r\n\r\n====',
    (
        b'Content-Disposition: form-data; name="x"; filename="a"\r\n'
        b"Content-Transfer-Encoding: base64\r\n\r\nA"
    ),
    b"Content-Disposition: form-data; name*=utf-8''%ff\r\n\r\nx",
    b"Content-Disposition: form-data; name=\"x\"; filename*=hex''%ff\r\n\r\nx",
    b'Content-Disposition: form-data; name="x"; filename*=utf-8\'x\r\n\r\nx',
    b'Content-Disposition: form-data; name="\xff"\r\n\r\n\xff',
    (
        b'Content-Disposition: form-data; name="x"; filename="../\x00\xff"\r\n'
        b"Content-Type: \xff; charset=\xff\r\n\r\nx"
    ),
    b'Content-Disposition: form-data; name="x"; filename=""\r\nContent-Length: x\r\n\r\n',
    b'Content-Disposition: form-data; name="x"; c*=x; c*0=y\r\n\r\nx',
    b"Content-Disposition: form-data; name*=idna''x\r\n\r\nx",
    b"Content-Disposition: attachment\r\n\r\nx",
    b"\r\n\r\nx",
    b":\r\n\r\n",
    b"x" * 5_000,
    b"",
]

#: Paths outside of the admin, and at its edge.
PATHS = [
    "", "/", "//", "/admin", "/admin/../", "/admin/%2e%2e/", "/admin//", "/admin/%2F", "/static/",
    "/static/../../etc/passwd", "/static/admin/css/base.css", "/favicon.ico", "/robots.txt",
    "/account/", "/account/password/", "/account/password/chosen/", "/account/password/chosen",
    "/apis", "/%00", "/%FF", "/%ED%A0%BD", "/\xff", "/admin/%0D%0ASet-Cookie:a=b",
    "/" + "a" * 9_000, "/?", "/;x", "/%", "/admin/login", "/account/password/%00/x-y/",
    "/account/password/%FF/x-y/", "/account/password/////",
]  # fmt: skip


class OddFuzzer(Fuzzer):
    """Makes requests to the admin, to the pages of mailed links and to paths that do not exist.

    :param session: the key of the session of who sends them.
    """

    def __init__(self, seed: int, ids: dict[str, list[Any]], client: Client, session: str) -> None:
        super().__init__(seed, ids, client)
        self.session = session
        # There are few of these, and each has a form for anonymous users.
        self.routes += routes("account/") * 5

    def request(self, route: str) -> Sent:
        sent = super().request(route)
        if self.random.random() < 0.15:
            sent = replace(sent, path=self.random.choice(PATHS))
        meta = self.headers() | {"HTTP_COOKIE": self.cookies()}
        if sent.body or self.random.random() < 0.1:
            sent = self.with_token(sent)
        return replace(sent, meta=meta)

    def with_token(self, sent: Sent) -> Sent:
        """Return a form, mostly with the CSRF token, or truncated."""
        if self.random.random() < 0.3:
            return replace(sent, body=self.multipart(), content_type=self.content_type())
        if self.random.random() < 0.2:
            sent = replace(sent, content_type=self.content_type())
        value = (
            TOKEN if self.random.random() < 0.85 else quote(self.random.choice(VALUES), safe="%")
        )
        return replace(sent, body=f"csrfmiddlewaretoken={value}&".encode() + sent.body)

    def cookies(self) -> str:
        """Return the Cookie header, mostly with the CSRF token."""
        values = {"sessionid": self.session, "csrftoken": TOKEN}
        for _ in range(self.random.choice([0, 0, 1, 1, 3])):
            values[self.random.choice(COOKIES)] = self.random.choice(VALUES)
        between = self.random.choice(["; ", "; ", "; ", ";", ", "])
        return between.join(f"{name}={value}" for name, value in values.items())

    def headers(self) -> dict[str, str]:
        """Return malformed headers, at times with the CSRF token."""
        made = {}
        for _ in range(self.random.choice([0, 0, 0, 1, 2])):
            values = URLS if self.random.random() < 0.5 else VALUES
            made[self.random.choice(HEADERS)] = self.random.choice(values)
        if self.random.random() < 0.5:
            made["HTTP_X_CSRFTOKEN"] = self.random.choice([TOKEN] * 100 + VALUES)
        if self.random.random() < 0.05:
            made["CONTENT_LENGTH"] = self.random.choice(LENGTHS)
        if self.random.random() < 0.05:
            made |= {"wsgi.url_scheme": "https", "HTTP_REFERER": self.random.choice(URLS)}
        return made

    def content_type(self) -> str:
        charset = self.random.choice(CHARSETS)
        forms = ("application/x-www-form-urlencoded", "multipart/form-data; boundary=x")
        known = [f"{form}{end}" for form in forms for end in ("", f"; charset={charset}")]
        return self.random.choice([*known, self.random.choice(TYPES)])

    def multipart(self) -> bytes:
        """Return a body with the boundary ``x``, complete or truncated."""
        field = f'Content-Disposition: form-data; name="csrfmiddlewaretoken"\r\n\r\n{TOKEN}'
        parts = [
            field.encode(),
            *self.random.choices(PARTS, k=self.random.choice([1, 2, 5, 1_100])),
        ]
        end = self.random.choice([b"--x--\r\n", b"--x", b"", b"--x--" * 3])
        return b"".join(b"--x\r\n" + part + b"\r\n" for part in parts) + end
