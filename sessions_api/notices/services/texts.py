"""The texts of the mails."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext, ngettext

from killswitches.times import plain_time
from sessions_api.callers.devices import parse_device
from sessions_api.callers.locations import locate
from sessions_api.notices.models import NEW_PASSWORD_LINK, Notice
from sessions_api.notices.services.details import BY_STAFF, DEVICE, PLACE
from sessions_api.services.notices import NoticeKind, own_mail

#: How many characters are shown of a text that users or their clients have chosen.
SHOWN = 80
#: Characters by which mail programs recognize addresses; a zero-width space after them prevents it.
#: Browsers take the dots of East Asian scripts for a full stop (UTS #46).
_OF_ADDRESSES = re.compile("([.:/@\u3002\uff0e\uff61])")
_ZERO_WIDTH_SPACE = "\N{ZERO WIDTH SPACE}"


@dataclass(frozen=True)
class Letter:
    """The parts of a mail that differ between kinds.

    :param subject: in one line, without anything that users have chosen.
    :param sentences: the text above the facts.
    :param facts: labels with their values.
    """

    subject: str
    sentences: list[str]
    facts: list[tuple[str, str]]


def unlinked(text: str) -> str:
    """Make a text that users or their clients have chosen safe to show in a mail.

    Otherwise a session or an account named like a URL would turn the mail into an advertisement in
    our name.

    :returns: one line of at most :data:`SHOWN` printable characters, in which mail programs
        recognize no address.
    """
    line = "".join(filter(str.isprintable, text))[:SHOWN].strip()
    return _OF_ADDRESSES.sub(rf"\1{_ZERO_WIDTH_SPACE}", line)


def harmless(detail: Mapping[str, object]) -> dict[str, object]:
    """Return details with their texts :func:`unlinked`, without lists and mappings."""
    kept = {name: value for name, value in detail.items() if not isinstance(value, list | dict)}
    return {
        name: unlinked(value) if isinstance(value, str) else value for name, value in kept.items()
    }


def letter_of(notice: Notice, *, site: str) -> Letter:
    """Return the text of a notice in the active language.

    :param site: the host of the site.
    """
    if mail := own_mail(notice.kind):
        names = {**harmless(notice.detail), "site": site}
        subject, *sentences = mail.write(notice.kind, names)
        # A line break would end the header.
        return Letter(" ".join(subject.split()), sentences, list(_facts(notice)))
    detail = notice.detail
    name, count = unlinked(str(detail.get("name", ""))), detail.get("count", 1)
    names = {"site": site, "name": name, "count": count}
    subject, *sentences = [text % names for text in _texts(notice)]
    return Letter(subject, sentences, list(_facts(notice)))


def _texts(notice: Notice) -> list[str]:
    """Return the subject and the sentences, with placeholders for names."""
    match notice.kind:
        case NoticeKind.NEW_LOGIN:
            return [gettext("New login to your account at %(site)s"), _what_is_new(notice)]
        case NoticeKind.NEW_PASSWORD:
            return [
                gettext("Your password at %(site)s was changed"),
                gettext("The password of your account was changed."),
            ]
        case NoticeKind.NEW_EMAIL:
            return [
                gettext("Your email address at %(site)s was changed"),
                gettext("Your account has another email address now; mail no longer comes here."),
            ]
        case NoticeKind.FACTOR_ADDED:
            return [
                gettext("A second factor was added to your account at %(site)s"),
                gettext("The second factor “%(name)s” was added to your account."),
            ]
        case NoticeKind.FACTORS_REMOVED:
            return [
                gettext("A second factor of your account at %(site)s was removed"),
                ngettext(
                    "A second factor was removed from your account.",
                    "%(count)s second factors were removed from your account.",
                    int(notice.detail.get("count", 1)),
                ),
            ]
        case NoticeKind.BACKUP_CODES:
            return [
                gettext("Your account at %(site)s has new backup codes"),
                gettext("New backup codes were made for your account. Older ones no longer work."),
            ]
        case NoticeKind.SCOPED_SESSION:
            return [
                gettext("A scoped session was created for your account at %(site)s"),
                gettext("The scoped session “%(name)s” was created: a token for a script."),
            ]
        case NoticeKind.SESSIONS_ENDED:
            return [
                gettext("You were logged out of %(site)s"),
                gettext("The staff of %(site)s have ended sessions of your account."),
            ]
        case NoticeKind.BANNED:
            return [
                gettext("Your account at %(site)s was banned"),
                gettext("Your account was banned: nobody can use it now."),
            ]
        case NoticeKind.SECURED:
            return [
                gettext("Your account at %(site)s was secured"),
                gettext(
                    "The staff of %(site)s have secured your account, because somebody else seems "
                    "to have used it. All its sessions have ended, and its password no longer "
                    "works."
                ),
                gettext("You will get a link for a new password by mail, or can ask them for one."),
            ]
        case _:
            assert notice.kind == NEW_PASSWORD_LINK
            return [
                gettext("Choose a new password"),
                gettext(
                    "Your account at %(site)s was secured: all its sessions have ended, and its "
                    "password no longer works."
                ),
            ]


def _what_is_new(notice: Notice) -> str:
    new = notice.detail.get("new", [])
    if DEVICE not in new:
        return gettext("Your account was used to log in from a new place.")
    if PLACE not in new:
        return gettext("Your account was used to log in on a new device.")
    return gettext("Your account was used to log in on a new device, from a new place.")


def _facts(notice: Notice) -> Iterator[tuple[str, str]]:
    if notice.kind == NEW_PASSWORD_LINK:
        return
    yield gettext("Time:"), plain_time(notice.created_at)
    if notice.detail.get("by") == BY_STAFF:
        yield gettext("By:"), gettext("staff")
    if user_agent := notice.detail.get("user_agent"):
        device = parse_device(str(user_agent))
        yield gettext("Device:"), _device(device.browser, device.os)
    if address := notice.detail.get("address"):
        if location := locate(str(address)):
            yield gettext("Location:"), location
        yield gettext("IP address:"), str(address)


def _device(browser: str, os: str) -> str:
    names = {"browser": unlinked(browser), "system": unlinked(os)}
    if browser and os:
        return gettext("%(browser)s on %(system)s") % names
    return names["browser"] or names["system"] or gettext("unknown")
