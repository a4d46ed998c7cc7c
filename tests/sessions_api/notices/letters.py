"""Reading the mails of notices."""

import re
from email.message import EmailMessage
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.core import mail

SITE = "https://club.example"
LINK = re.compile(r"https?://\S+")
PAGE = "/account/not-me/"


def letters() -> list[Any]:
    """The mails that were sent, the oldest first."""
    return mail.outbox


def html_of(letter: Any) -> str:
    [alternative] = letter.alternatives
    assert alternative[1] == "text/html"
    return str(alternative[0])


def links_of(letter: Any) -> list[str]:
    return LINK.findall(letter.body)


def token_of(letter: Any) -> str:
    """The token of the link by which the owner says that it was not them."""
    [link] = links_of(letter)
    parts = urlsplit(link)
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{SITE}{PAGE}"
    [token] = parse_qs(parts.query)["token"]
    return token


def parsed(letter: Any) -> EmailMessage:
    """As a mail program reads it."""
    message: EmailMessage = letter.message()
    return message
