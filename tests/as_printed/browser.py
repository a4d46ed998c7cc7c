"""A browser without JavaScript: cookies, links and forms."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from urllib.error import HTTPError
from urllib.parse import urlencode, urljoin, urlsplit
from urllib.request import HTTPCookieProcessor, Request, build_opener

#: Parts of addresses that log out, or lead to no page.
NO_PAGES = re.compile(r"/(?:logout|jsi18n)/|^(?:javascript|mailto):")


@dataclass
class Form:
    """A form of a page, with the values that it would send as it is.

    :param action: its address; "" for that of the page.
    """

    action: str
    method: str
    values: list[tuple[str, str]] = field(default_factory=list)
    #: The values of each field, whether or not they are chosen.
    offered: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """A page that was answered, after redirects."""

    url: str
    status: int
    text: str

    @property
    def links(self) -> list[str]:
        """The addresses of its links, without fragments."""
        found = re.findall(r"<a\b[^>]*?\bhref=\"([^\"]+)\"", self.text)
        return [
            urljoin(self.url, one.replace("&amp;", "&")).split("#")[0]
            for one in found
            if not NO_PAGES.search(one)
        ]

    def form_with(self, name: str) -> Form:
        """Return the form that has a field of this name."""
        parser = _Forms()
        parser.feed(self.text)
        [form] = [one for one in parser.forms if name in one.offered]
        return form


class Browser:
    """Keeps cookies, and follows redirects."""

    def __init__(self) -> None:
        self._opener = build_opener(HTTPCookieProcessor(CookieJar()))

    def get(self, url: str) -> Answer:
        return self._open(Request(url))  # noqa: S310

    def submit(self, page: Answer, name: str, **values: str) -> Answer:
        """Send the form that has a field of this name, with these values in place of its own."""
        form = page.form_with(name)
        assert form.method == "post"
        kept = [(key, value) for key, value in form.values if key not in values]
        data = urlencode([*kept, *values.items()]).encode()
        # Django compares it with the host where a page came by HTTPS; browsers send it anyway.
        headers = {"Referer": page.url}
        return self._open(Request(urljoin(page.url, form.action), data, headers))  # noqa: S310

    def walk(self, url: str, most: int) -> list[Answer]:
        """Open a page and those below it that links lead to, each path once.

        :param most: how many pages to open.
        """
        below = urlsplit(url).path
        waiting, seen, opened = [url], set[str](), list[Answer]()
        while waiting and len(opened) < most:
            address = waiting.pop(0)
            path = urlsplit(address).path
            if path.startswith(below) and path not in seen:
                answer = self.get(address)
                seen |= {path, urlsplit(answer.url).path}
                opened.append(answer)
                waiting += answer.links
        return opened

    def _open(self, request: Request) -> Answer:
        try:
            with self._opener.open(request, timeout=60) as response:
                text = response.read().decode(errors="replace")
                return Answer(response.url, response.status, text)
        except HTTPError as error:
            return Answer(request.full_url, error.code, error.read().decode(errors="replace"))


class _Forms(HTMLParser):
    """Collects the forms of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._open: Form | None = None
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            method = given.get("method", "get").lower()
            self._open = Form(given.get("action", ""), method)
            self.forms.append(self._open)
        if self._open is None:
            return
        name = given.get("name", "")
        if tag in {"input", "select", "textarea", "button"} and name:
            self._open.offered.setdefault(name, []).append(given.get("value", ""))
        if tag == "input" and name and self._is_sent(given):
            self._open.values.append((name, given.get("value", "")))
        if tag == "select":
            self._select = name
        if tag == "option" and "selected" in given and self._select:
            self._open.values.append((self._select, given.get("value", "")))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        if tag == "select":
            self._select = ""

    @staticmethod
    def _is_sent(given: dict[str, str]) -> bool:
        kind = given.get("type", "text")
        return kind not in {"submit", "button"} and (
            kind not in {"checkbox", "radio"} or "checked" in given
        )
