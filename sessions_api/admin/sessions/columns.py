"""The columns of a session: in full on its page, combined into a few for the list."""

from functools import lru_cache
from typing import Any, TypeAlias

from django.contrib import admin
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from killswitches.admin.base import ModelAdmin
from killswitches.relative_times import recent_time
from killswitches.times import full_time
from sessions_api.admin.devices import device_in_words
from sessions_api.admin.links import list_link, may_view, user_link
from sessions_api.admin.sessions.filters import StateFilter
from sessions_api.callers.device_types import device_type
from sessions_api.callers.locations import country_code
from sessions_api.models import AuditEvent, PastSession, UserSession
from sessions_api.scopes import names_of
from sessions_api.services.session_icons import icon_of
from sessions_api.services.session_states import state_of

AnySession: TypeAlias = UserSession | PastSession


class SessionColumnsMixin(ModelAdmin):
    """Mixed into the admin of sessions, and of those that have ended."""

    def get_fields(self, request: HttpRequest, obj: AnySession | None = None) -> list[Any]:
        """Leave out the link to events if the user may not view them."""
        fields = list(super().get_fields(request, obj))
        if not may_view(self.admin_site, request, AuditEvent):
            fields.remove("events_of_owner")
        return fields

    @admin.display(description=_("the user's sessions"))
    def sessions_of_owner(self, session: AnySession) -> str:
        """Return a link to all sessions of the same user."""
        return list_link(
            self.admin_site,
            "usersession",
            gettext("See all sessions"),
            user=session.user_id,
            state=StateFilter.ALL,
        )

    @admin.display(description=_("the user's audit log"))
    def events_of_owner(self, session: AnySession) -> str:
        """Return a link to the audit events about the user."""
        return list_link(
            self.admin_site, "auditevent", gettext("See all events"), subject=session.user_id
        )

    @admin.display(description=_("session ID"))
    def session_id(self, session: AnySession) -> str:
        """Return the ID, to be copied."""
        return copyable(session.sid)

    @admin.display(description=_("IP address"))
    def ip_address(self, session: AnySession) -> str:
        """Return the address, to be copied."""
        return copyable(session.address) or self.get_empty_value_display()

    @admin.display(description=_("device"))
    def device(self, session: AnySession) -> str:
        """Return browser and operating system with their versions, or that neither is known."""
        device = device_in_words(
            session.browser, session.browser_version, session.os, session.os_version
        )
        return device or gettext("Unknown device")

    @admin.display(description=_("device type"))
    def sort(self, session: AnySession) -> str:
        """Return whether it is a bot, tablet, phone or computer, if the user agent says so."""
        known = device_type(session.user_agent)
        return str(known.label) if known else self.get_empty_value_display()

    @admin.display(description=_("from"))
    def origin(self, session: AnySession) -> str:
        """Return the address and its location, as far as known."""
        return lines(copyable(session.address), _place(session)) or self.get_empty_value_display()

    @admin.display(description=_("from"))
    def client(self, session: AnySession) -> str:
        """Return device with its icon, address and location."""
        icon = _icon(icon_of(session, session.kind))
        device = format_html("{}{}", icon, self.device(session))
        return lines(device, copyable(session.address), _place(session))

    @admin.display(description=_("kind"))
    def kind(self, session: AnySession) -> str:
        """Return the kind, with the scopes if it has any."""
        if session.permission_flags is None:
            return str(session.kind.label)
        scopes = ", ".join(names_of(session.permission_flags))
        return gettext("scoped: %(scopes)s") % {"scopes": scopes}

    @admin.display(description=_("kind"))
    def access(self, session: AnySession) -> str:
        """Return the kind, and the dialect of the login if there was one."""
        kind = mark_safe(escape(self.kind(session)).replace("_", "_<wbr>"))  # noqa: S308
        login = gettext("login through %(dialect)s") % {"dialect": session.dialect}
        return lines(kind, login if session.dialect else "")

    @admin.display(description=_("created"))
    def created(self, session: AnySession) -> str:
        """Return when it was created."""
        return recent_time(session.created_at)

    @admin.display(description=_("last used"))
    def last_used(self, session: AnySession) -> str:
        """Return when it was last used."""
        return recent_time(session.used_at) or self.get_empty_value_display()


class LiveColumnsMixin(SessionColumnsMixin):
    """Mixed into the admin of sessions that have not ended."""

    @admin.display(description=_("user"))
    def owner(self, session: UserSession) -> str:
        """Return the owner, as a link."""
        return user_link(self.admin_site, session.user_id, session.user.get_username())

    @admin.display(description=_("expires"))
    def expires(self, session: UserSession) -> str:
        """Return when it expires unless it is used before, or when it expired."""
        return full_time(session.ends_at)

    @admin.display(description=_("state"))
    def expiry(self, session: UserSession) -> str:
        """Return until when it is active, since when it has expired, or that it has ended."""
        if not (session.has_expired or session.has_password_of(session.user)):
            return self.state(session)
        text = gettext("expired {time}") if session.has_expired else gettext("active until {time}")
        return format_html(text, time=full_time(session.ends_at))

    @admin.display(description=_("state"))
    def times(self, session: UserSession) -> str:
        """Return the state, the creation and the last use."""
        created = format_html(gettext("created {time}"), time=recent_time(session.created_at))
        used = recent_time(session.used_at)
        last_used = format_html(gettext("last used {time}"), time=used) if used else None
        return lines(self.expiry(session), created, last_used or gettext("never used"))

    @admin.display(description=_("state"))
    def state(self, session: UserSession) -> str:
        """Return whether it is active, expired, or ended by a password change."""
        return str(state_of(session).label)


def _place(session: AnySession) -> str:
    """Return the location, after the flag of its country if the location database tells that."""
    flag = _flag(country_code(session.location, session.address))
    if not flag:
        return session.location
    return format_html('<span aria-hidden="true">{}</span> {}', flag, session.location)


def _flag(code: str) -> str:
    """Return the flag of a country, as two regional indicator symbols of Unicode."""
    return "".join(
        chr(ord("\N{REGIONAL INDICATOR SYMBOL LETTER A}") + ord(c) - ord("A")) for c in code
    )


@lru_cache
def _icon(name: str) -> SafeString:
    """Return an icon of the account pages, which has no texts of its own."""
    return render_to_string("sessions_api/icon.html", {"name": name})


def copyable(text: object) -> str:
    """Return a text beside which a script puts a button that copies it; empty for None."""
    if text is None:
        return ""
    label = gettext("Copy %(text)s") % {"text": text}
    # In a text from right to left, a browser would reverse the groups of an IPv6 address.
    return format_html('<span data-copy="{}" dir="auto">{}</span>', label, text)


def lines(*texts: str | None) -> str:
    """Join the texts that are not empty, each on its own line."""
    return format_html_join(mark_safe("<br>"), "{}", [(text,) for text in texts if text])
