"""What the admin tells of a session: in full on its page, in few and narrow columns of the list."""

import user_agents
from django.contrib import admin
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe

from sessions_api.admin.bases import ModelAdmin
from sessions_api.admin.links import list_link, user_link
from sessions_api.admin.times import short_time
from sessions_api.models import UserSession
from sessions_api.scopes import Scope

#: The state of a session that has not expired, but whose owner has a new password.
OUTLIVED = "ended by a new password"


class SessionColumnsMixin(ModelAdmin):
    """Mixed into the admin of sessions."""

    @admin.display(description="user")
    def owner(self, session: UserSession) -> str:
        """Whose session it is."""
        return user_link(self.admin_site, session.user_id, session.user.get_username())

    @admin.display(description="the user's sessions")
    def sessions_of_owner(self, session: UserSession) -> str:
        """A link to all sessions of the same user."""
        return list_link(self.admin_site, "usersession", "See them all", user=session.user_id)

    @admin.display(description="the user's audit trail")
    def events_of_owner(self, session: UserSession) -> str:
        """A link to what was done to the user."""
        return list_link(self.admin_site, "auditevent", "See the events", subject=session.user_id)

    @admin.display
    def device(self, session: UserSession) -> str:
        """Browser and operating system with their versions, as far as known."""
        browser = f"{session.browser} {session.browser_version}".strip()
        system = f"{session.os} {session.os_version}".strip()
        known = " on ".join(filter(None, [browser, system]))
        return known or self.get_empty_value_display()

    @admin.display(description="sort of device")
    def sort(self, session: UserSession) -> str:
        """Bot, tablet, phone or computer, where the user agent tells."""
        agent = user_agents.parse(session.user_agent)
        sorts = {
            "bot": agent.is_bot,
            "tablet": agent.is_tablet,
            "phone": agent.is_mobile,
            "computer": agent.is_pc,
        }
        known = next((name for name, is_it in sorts.items() if is_it), "")
        return known or self.get_empty_value_display()

    @admin.display(description="from")
    def origin(self, session: UserSession) -> str:
        """The address, and where that is, as far as known."""
        return _lines(session.address, session.location) or self.get_empty_value_display()

    @admin.display(description="from")
    def client(self, session: UserSession) -> str:
        """Device and origin."""
        return _lines(self.device(session), session.address, session.location)

    @admin.display
    def kind(self, session: UserSession) -> str:
        """Full, or what a scoped session may do."""
        if session.permission_flags is None:
            return "full"
        return "scoped: " + ", ".join(str(one.name) for one in Scope(session.permission_flags))

    @admin.display(description="kind")
    def access(self, session: UserSession) -> str:
        """The kind, and the dialect of the login where there is one."""
        # The names of scopes are made of constants.
        kind = mark_safe(self.kind(session).replace("_", "_<wbr>"))  # noqa: S308
        return _lines(kind, f"by {session.dialect}" if session.dialect else "")

    @admin.display
    def created(self, session: UserSession) -> str | None:
        """The creation, briefly."""
        return short_time(session.created_at)

    @admin.display
    def last_used(self, session: UserSession) -> str | None:
        """The last use, briefly."""
        return short_time(session.used_at)

    @admin.display(description="state")
    def expiry(self, session: UserSession) -> str:
        """Live until when, expired since when, or ended, briefly."""
        state = self.state(session)
        if state == OUTLIVED:
            return state
        until = "live until" if state == "live" else state
        return format_html("{} {}", until, short_time(session.expires_at))

    @admin.display(description="state")
    def times(self, session: UserSession) -> str:
        """The state, the creation and the last use, briefly."""
        created = format_html("created {}", short_time(session.created_at))
        used = short_time(session.used_at)
        last_used = format_html("used {}", used) if used else "never used"
        return _lines(self.expiry(session), created, last_used)

    @admin.display
    def state(self, session: UserSession) -> str:
        """Live, expired, or ended by a new password of its owner."""
        if session.has_expired:
            return "expired"
        return "live" if session.has_password_of(session.user) else OUTLIVED


def _lines(*texts: str | None) -> str:
    """Those of the texts that are there, one below the other."""
    return format_html_join(mark_safe("<br>"), "{}", [(text,) for text in texts if text])
