"""A session in words: its device, its kind, and where and when it was used."""

from dataclasses import dataclass

from django.utils.translation import gettext

from sessions_api.callers.devices import Device
from sessions_api.callers.session_names import UNKNOWN_DEVICE, default_session_name
from sessions_api.http.cookies.terms import PAGES
from sessions_api.models import PastSession, SessionKind, UserSession
from sessions_api.scopes import descriptions_of
from sessions_api.services.session_icons import icon_of


@dataclass(frozen=True)
class SessionEntry:
    """A session as the pages show it.

    :param session: the session.
    """

    session: UserSession | PastSession

    @property
    def device(self) -> str:
        """Browser and system, as far as known; otherwise the session's name."""
        browser = f"{self.session.browser} {self.session.browser_version.partition('.')[0]}".strip()
        system = f"{self.session.os} {self.session.os_version}".strip()
        if browser and system:
            return gettext("%(browser)s on %(system)s") % {"browser": browser, "system": system}
        name = self.session.name
        return browser or system or (gettext("Unknown device") if name == UNKNOWN_DEVICE else name)

    @property
    def name(self) -> str:
        """The name that was chosen for it; "" for one made from the device."""
        session = self.session
        device = Device(
            browser=session.browser,
            version=session.browser_version,
            os=session.os,
            os_version=session.os_version,
        )
        is_console = session.kind is SessionKind.CONSOLE
        made = default_session_name(session.user_agent, device, console=is_console)
        return "" if session.name == made else session.name

    @property
    def icon(self) -> str:
        """The name of the icon, which says nothing that the texts do not say."""
        return icon_of(self.session, self.session.kind)

    @property
    def kind(self) -> str:
        """What has logged in: a page, an app, a script, or the console."""
        match self.session.kind:
            case SessionKind.SCOPED:
                return gettext("API token")
            case SessionKind.CONSOLE:
                return gettext("Console for staff")
            case _ if self.session.dialect == PAGES:
                return gettext("Web page")
            case _:
                return gettext("App")

    @property
    def may(self) -> list[str]:
        """What an API token may do; empty for other sessions, which may do everything."""
        flags = self.session.permission_flags
        return [] if flags is None else [gettext(text) for text in descriptions_of(flags)]
