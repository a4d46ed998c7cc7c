"""A generator of requests to the admin that no page would send.

The requests cover every URL, and every parameter and field of the pages, with unusual values. They
are determined by the seed.
"""

import json
import random
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from django.apps import apps
from django.test import Client
from django.urls import get_resolver
from django.urls.resolvers import URLPattern, URLResolver

TEXTS = [
    "", " ", "x", "0", "1", "-1", "1.5", "1e9", "nan", "true", "on", "\x00", "a\x00b", "\x00" * 50,
    "\ufeff", "\u202e", "é", "٣", "💥" * 40, "x" * 300, "x" * 70_000, "%", "%00", "%zz", "_", "\\",
    "'", '"', "<script>", "{{ 1 }}", "\r\nSet-Cookie: a=b", "../../etc/passwd", "//evil.example",
    "javascript:alert(1)", "https://evil.example/", "/admin/", "None", "null", "[]", "{}", ",",
    str(2**31), str(2**63), str(2**63 - 1), "-" + str(2**63), "9" * 40, "9" * 5_000, "1_1", "1_",
    "0001-01-01", "9999-12-31", "9999-12-31 23:59:59+00:00", "0001-01-01T00:00:00+14:00",
    "10000-01-01", "2026-02-30", "2026-11-28 25:00", "0000-00-00", "1969-12-31",
    "253402300800", "-62135596800", "::", "::ffff:1.2.3.4", "0.0.0.0/0", "::/0", "1.2.3.4/33",
    "fe80::1%eth0", "10.0.0.0/8", "a@b", "\x00@example.com", "totp", "webauthn",
    "active", "expired", "-1,2", "0.1.2", "-pk", "-sid", "1.1.1.1", "password", "id", "pk",
    "username", "exact",
    "00000000-0000-0000-0000-000000000000", "{00000000-0000-0000-0000-000000000000}", "sms",
    "turn-on", "15m", "at", "confirmed", "delete_selected", "end_sessions", "ban", "lift_ban",
]  # fmt: skip
#: Values that databases refuse, at least in some columns.
BREAKING = [
    "\x00",
    "a\x00b",
    "9" * 40,
    str(2**63),
    "(",
    "x" * 70_000,
    "0001-01-01",
    "9999-12-31",
    "-1",
]
#: Percent-encoded bytes for a query or a form: invalid and truncated UTF-8, and lone surrogates.
RAW = [
    "%FF", "%C0%80", "%ED%A0%80", "%ED%A0%BD%ED%B8%80", "%E2%82", "%", "%%", "%0", "%u0000",
    "%00", "a%00b", "%F4%90%80%80", "+", "%2500",
]  # fmt: skip
ATOMS = [
    None,
    True,
    False,
    0,
    -1,
    1,
    2**31,
    2**63,
    10**40,
    -0.5,
    1e308,
    [],
    {},
    "\ud800",
    *TEXTS[:14],
]
#: Parameters that Django's pages and lists accept, beside those that appear on a page.
ALWAYS = [
    "q", "o", "p", "all", "e", "before", "after", "term", "app_label", "model_name", "field_name",
    "_popup", "_to_field", "_changelist_filters", "_facets", "next", "action", "index",
    "select_across", "_selected_action", "post", "_save", "_saveasnew", "id", "pk", "id__exact",
    "id__in", "name__startswith", "permissions__id__exact", "user__password", "running", "version",
    "reason", "criteria", "confirmation", "back", "confirmed", "end", "until", "token", "code",
    "type", "response", "start_over", "\x00", "id__", "__", "pk__gt__lt", "user__id__exact",
    "created_at__gte", "created_at__lt", "used_at__isnull", "used_at__gte",
]  # fmt: skip
LOOKUPS = [
    "",
    "",
    "__exact",
    "__in",
    "__startswith",
    "__regex",
    "__isnull",
    "__gte",
    "__id__exact",
    "__year",
]
METHODS = ["GET"] * 8 + ["POST"] * 8 + ["HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]
CRITERIA_KEYS = ["kind", "pks", "ids", "keep", "query"]
CRITERIA_KINDS = ["sessions", "users", "filter", "x"]
PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")


def routes(prefix: str) -> list[str]:
    """Return the routes below a path, such as ``admin/auth/group/<path:object_id>/``."""

    def walk(patterns: Iterable[URLPattern | URLResolver], before: str) -> Iterator[str]:
        for pattern in patterns:
            route = before + str(pattern.pattern)
            if isinstance(pattern, URLPattern):
                yield route
            else:
                yield from walk(pattern.url_patterns, route)

    found = walk(get_resolver().url_patterns, "")
    # A regular expression: the index of an app, or the catch-all for unknown paths.
    plain = ("admin/auth/" if "?P<app_label>" in route else route for route in found)
    return sorted(
        {"admin/x/y/" if "?P<url>" in one else one for one in plain if one.startswith(prefix)}
    )


@dataclass(frozen=True)
class Sent:
    """A request. Evaluating its ``repr`` recreates it."""

    method: str
    path: str
    query: str = ""
    body: bytes = b""
    content_type: str = "application/x-www-form-urlencoded"
    meta: Mapping[str, str] = field(default_factory=dict)

    def send(self, client: Client) -> Any:
        """Send the request, and return the response."""
        meta = {"QUERY_STRING": self.query, **self.meta}
        return client.generic(self.method, self.path, self.body, self.content_type, **meta)


class Fuzzer:
    """Makes requests.

    :param ids: existing keys, by the prefix of the routes to their rows.
    :param client: the client of a user who may open every page, to find the fields.
    """

    def __init__(self, seed: int, ids: dict[str, list[Any]], client: Client) -> None:
        self.random = random.Random(seed)  # noqa: S311
        self.ids, self.client = ids, client
        self.routes = routes("admin/")
        self.fields: dict[str, list[str]] = {}

    def requests(self, count: int) -> Iterator[Sent]:
        """Yield this many requests, evenly distributed over all routes."""
        # Lists have more parameters than other pages, so they get more requests.
        lists = [route for route in self.routes if "<" not in route]
        for number in range(count):
            routes = lists if number % 2 else self.routes
            yield self.request(routes[number // 2 % len(routes)])

    def request(self, route: str) -> Sent:
        path, method = self.path(route), self.random.choice(METHODS)
        names = self.names(route)
        query = self.pairs(names) if self.random.random() < 0.7 else ""
        if route.endswith("autocomplete/") and self.random.random() < 0.8:
            query = self.completing() + query
        if method == "GET" or self.random.random() < 0.1:
            return Sent(method, path, query)
        body, content_type = self.body(names)
        # Django's test client does not make the project's requests, which survive both at once.
        if "charset" in content_type or self.random.random() < 0.6:
            query = ""
        return Sent(method, path, query, body, content_type)

    def path(self, route: str) -> str:
        """Return the path with an existing key or any text for each parameter."""

        def fill(found: re.Match[str]) -> str:
            if found[0].startswith("<int:"):
                return str(self.random.choice([0, 8, 9, 2**63, 10**30]))
            if self.random.random() < 0.7:
                return quote(str(self.random.choice(self.keys(route))), safe="")
            return self.random.choice([*RAW, *(quote(text[:300], safe="/") for text in TEXTS)])

        return "/" + PARAMETER.sub(fill, route)

    def keys(self, route: str) -> list[Any]:
        return next((self.ids[part] for part in self.ids if part in route), ["1"])

    def names(self, route: str) -> list[str]:
        """Return the parameters in the links and forms of a page."""
        if route not in self.fields:
            first = PARAMETER.sub(lambda found: str(self.keys(route)[0]), route)
            page = self.client.get("/" + first, follow=True)
            html = "" if page.streaming else page.content.decode()
            named = re.findall(r'\bname="([^"]+)"', html) + re.findall(r"[?;]([\w]+)=", html)
            self.fields[route] = sorted(set(named) - {"csrfmiddlewaretoken"})
        return self.fields[route] + self.lookups(route) + self.random.sample(ALWAYS, 8)

    def lookups(self, route: str) -> list[str]:
        """Return lookups with which Django could filter a list."""
        models = [one for one in apps.get_models() if f"/{one._meta.model_name}/" in route]
        paths = [field.name for model in models for field in model._meta.get_fields()]
        return [self.random.choice(paths) + self.random.choice(LOOKUPS) for _ in paths[:4]]

    def completing(self) -> str:
        """Return a field with autocompletion, or a similar name."""
        known = {"app_label": "cumulonimbus", "model_name": "user", "field_name": "groups"}
        if self.random.random() < 0.3:
            known[self.random.choice([*known])] = self.random.choice(TEXTS)
        return urlencode(known | {"term": self.value("term")}, errors="replace") + "&"

    def pairs(self, names: list[str]) -> str:
        """Return parameters, some repeated or malformed."""
        pieces = []
        for _ in range(self.random.choice([1, 1, 2, 3, 6])):
            name = self.random.choice(names)
            if self.random.random() < 0.25:
                pieces.append(f"{quote(name)}={self.random.choice(RAW)}")
            else:
                pieces.append(urlencode({name: self.value(name)}, errors="replace"))
        return "&".join(pieces + pieces[: self.random.choice([0, 0, 1])])[:100_000]

    def value(self, name: str) -> str:
        if name == "criteria" and self.random.random() < 0.9:
            return self.criteria()
        if name in {"_selected_action", "app_label", "model_name", "field_name"}:
            known = {"app_label": "auth", "model_name": "group", "field_name": "permissions"}
            keys = [str(one) for some in self.ids.values() for one in some]
            return self.random.choice([known.get(name, ""), *keys, self.random.choice(TEXTS)])
        return self.random.choice(self.random.choice([TEXTS, BREAKING]))

    def criteria(self) -> str:
        data = {key: self.anything() for key in self.random.sample(CRITERIA_KEYS, 3)}
        data |= {"kind": self.random.choice(CRITERIA_KINDS)}
        match data["kind"]:
            case "sessions":
                data["pks"] = [self.anything(1) for _ in range(2)]
            case "users":
                keys = [str(key) for key in self.ids["user"]]
                data |= {"ids": [self.random.choice([*keys, "\ud800", "\x00"])], "keep": []}
            case "filter":
                data["query"] = self.random.choice(["\ud800", "browser=\ud800", self.pairs(ALWAYS)])
        text = json.dumps(self.random.choice([data, data, data, self.anything()]))
        return self.random.choice([text, text, text, text[:-1], "[" * 5_000])

    def anything(self, depth: int = 3) -> Any:
        if not depth or self.random.random() < 0.5:
            return self.random.choice(ATOMS)
        children = [self.anything(depth - 1) for _ in range(self.random.randrange(3))]
        return self.random.choice([children, dict(zip(CRITERIA_KEYS, children, strict=False))])

    def body(self, names: list[str]) -> tuple[bytes, str]:
        """Return a form, complete or truncated, or a different body."""
        form = "application/x-www-form-urlencoded"
        match self.random.randrange(10):
            case 0:
                return json.dumps(self.anything()).encode(), "application/json"
            case 1:
                boundary = self.random.choice(["x", "y", "x" * 300, "é"])
                part = (
                    '--x\r\nContent-Disposition: form-data; name="{}"; filename="{}"\r\n\r\n{}\r\n'
                )
                text = part.format(*(self.random.choice(names) for _ in range(2)), self.value("x"))
                text += self.random.choice(["--x--\r\n", ""])
                return text.encode(), f"multipart/form-data; boundary={boundary}"
            case 2:
                charset = self.random.choice(
                    ["x", "utf-16", "utf-7", "ascii", "idna", "hex", "rot13"]
                )
                return self.pairs(names).encode(), f"{form}; charset={charset}"
            case 3:
                return "&".join(["a=1"] * 1_100).encode(), form
            case _:
                # All fields, so that required ones are present.
                pairs = [(name, self.value(name)) for name in names if self.random.random() < 0.7]
                return urlencode(pairs, errors="replace").encode()[:400_000], form
