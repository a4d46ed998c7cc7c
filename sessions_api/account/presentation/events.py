"""Events of the security history in words."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import Model
from django.utils.translation import get_language, gettext, ngettext, override

from sessions_api.account.presentation.sessions import SessionEntry
from sessions_api.callers.devices import parse_device
from sessions_api.callers.locations import locate
from sessions_api.models import AuditEvent, PastSession
from sessions_api.services import security_history as history
from sessions_api.services.audit_exports import Content, Values, exact_time

Kind = AuditEvent.Kind

#: The maximum number of logins that an event has ended and that are described.
NAMED = 5


@dataclass(frozen=True)
class Entry:
    """An event as the page shows it.

    :param event: the event.
    :param text: what has happened.
    :param by: who did it; "" for the user, or somebody who uses the account.
    :param device: browser and system; "" if unknown.
    :param address: from where; None if unknown.
    :param location: where that is; "" if unknown.
    :param ended: logins that it has ended, as far as they are kept.
    :param further: how many more it has ended.
    """

    event: AuditEvent
    text: str
    by: str
    device: str
    address: str | None
    location: str
    ended: list[SessionEntry]
    further: int


def entries_of(rows: Iterable[Model], owner: AbstractBaseUser) -> list[Entry]:
    """Return the entries of a page. Each user agent is parsed once."""
    devices: dict[str, str] = {}
    events = [row for row in rows if isinstance(row, AuditEvent)]
    past = history.sessions_ended_by(events, owner, NAMED)
    return [_entry(event, devices, past.get(event.pk, {})) for event in events]


def in_words(event: AuditEvent) -> str:
    """Return what has happened, as one says it to the user."""
    detail = history.visible_detail(event)
    match event.kind:
        case Kind.LOGIN if detail.get("site") == "admin":
            return gettext("Logged in to the console for staff")
        case Kind.LOGIN:
            return gettext("Logged in")
        case Kind.NEW_LOCATION:
            return gettext("A login came from a new place")
        case Kind.LOGIN_FAILED:
            return gettext("Somebody tried to log in, without success")
        case Kind.REVERIFICATION_FAILED:
            return gettext("A wrong password was given to confirm a change")
        case Kind.SCOPED_SESSION:
            return gettext("An API token was made")
        case Kind.CHALLENGE_PASSED:
            text = gettext("Confirmed with a second factor: %(factor)s")
            return text % {"factor": _factor(detail.get("type"))}
        case Kind.CHALLENGE_FAILED:
            text = gettext("A confirmation with a second factor failed: %(factor)s")
            return text % {"factor": _factor(detail.get("type"))}
        case Kind.FACTOR_ENROLLED:
            text = gettext("A second factor was added: %(factor)s")
            return text % {"factor": _factor(detail.get("type"))}
        case Kind.FACTORS_REMOVED:
            count = _count(detail.get("factors"))
            text = ngettext(
                "A second factor was removed", "%(count)s second factors were removed", count
            )
            return text % {"count": count}
        case Kind.BACKUP_CODES:
            return gettext("New backup codes were made")
        case Kind.SESSIONS_ENDED:
            count = _count(detail.get("sessions"))
            text = ngettext("A login was ended", "%(count)s logins were ended", count)
            return text % {"count": count}
        case Kind.LOGIN_LIMITS_RESET:
            return gettext("The limits of login attempts were reset")
        case Kind.BANNED:
            return gettext("The account was banned")
        case Kind.UNBANNED:
            return gettext("The ban was lifted")
        case Kind.ACCOUNT_SECURED:
            return gettext("The account was secured: all logins ended, and so did the password")
        case Kind.ACCOUNT_CHANGED:
            return gettext("The account's details were changed")
        case Kind.PASSWORD_CHANGED:
            return gettext("The password was changed")
        case Kind.PRIVILEGES_CHANGED:
            return gettext("The account's rights were changed")
        case Kind.AUDIT_EXPORTED:
            return gettext("This history was downloaded")
        case _:
            return str(event.get_kind_display())


def content_of_download() -> Content:
    """Return what the file says, with texts in the active language, whenever it is read."""
    columns = ("at", "kind", "event", "by", "address", "user_agent", "detail")

    language = get_language()

    def values(event: AuditEvent) -> Values:
        with override(language):
            text = in_words(event)
        return {
            "at": exact_time(event.at),
            "kind": event.kind,
            "event": text,
            "by": _code_of_actor(event),
            "address": history.visible_address(event),
            "user_agent": history.visible_user_agent(event),
            "detail": history.visible_detail(event),
        }

    return Content("security-history", columns, values)


def _entry(event: AuditEvent, devices: dict[str, str], past: dict[int, PastSession]) -> Entry:
    agent = history.visible_user_agent(event)
    if agent not in devices:
        devices[agent] = _device(agent) if agent else ""
    address = history.visible_address(event)
    location = event.detail.get("location") or locate(address)
    ids = history.ended_ids(event)
    ended = [SessionEntry(past[sid]) for sid in ids[:NAMED] if sid in past]
    return Entry(
        event,
        in_words(event),
        _actor(event),
        devices[agent],
        address,
        str(location),
        ended,
        further=len(ids) - len(ended) if ended else 0,
    )


def _code_of_actor(event: AuditEvent) -> str:
    if event.actor_id is None:
        return "service" if event.actor_name else "unknown"
    return "staff" if history.is_by_others(event) else "owner"


def _actor(event: AuditEvent) -> str:
    match _code_of_actor(event):
        case "staff":
            return gettext("by the staff of this site")
        case "service":
            return gettext("by this site")
        case _:
            return ""


def _factor(kind: object) -> str:
    match kind:
        case "totp":
            return gettext("authenticator app")
        case "webauthn":
            return gettext("security key or passkey")
        case "backup":
            return gettext("backup code")
        case _:
            return gettext("unknown")


def _count(found: object) -> int:
    """Return the number of things in a detail, which is a list or already their number."""
    if isinstance(found, list):
        return len(found)
    return found if isinstance(found, int) else 1


def _device(user_agent: str) -> str:
    device = parse_device(user_agent)
    names = {"browser": device.browser, "system": device.os}
    if device.browser and device.os:
        return gettext("%(browser)s on %(system)s") % names
    return device.browser or device.os
