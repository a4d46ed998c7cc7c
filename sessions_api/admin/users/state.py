"""The state of an account at a glance, and what can be done about it, for the user's page."""

from collections.abc import Iterator

from django.contrib import admin
from django.contrib.admin.utils import quote
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from killswitches.relative_times import recent_time
from sessions_api.accounts.privileges import may_act_on
from sessions_api.admin.devices import device_in_words
from sessions_api.admin.links import may_view, user_link
from sessions_api.admin.users.activity import COUNTED, LiveSessions
from sessions_api.admin.users.extensions import Deed, Fact, further_deeds, further_facts
from sessions_api.callers.devices import parse_device
from sessions_api.databases.sizes import grouped, more_than
from sessions_api.models import AuditEvent, UserSession
from sessions_api.services.bans import ban_of
from sessions_api.services.new_locations import newest_logins


def facts_of(
    site: admin.AdminSite,
    request: HttpRequest,
    account: AbstractBaseUser,
    live: LiveSessions | None,
) -> Iterator[Fact]:
    """Yield what is known of an account, as far as the user of the request may view it.

    :param live: its sessions; None to leave them out.
    """
    standing = _standing(site, request, account)
    yield Fact(_("State"), standing, is_alarming=not account.is_active)
    yield from further_facts(site, request, account)
    if live is not None:
        yield Fact(_("Sessions"), _count(live))
    if may_view(site, request, AuditEvent):
        events = site.get_model_admin(AuditEvent).get_queryset(request).prefetch_related(None)
        login = newest_logins(events, account).first()
        yield Fact(_("Last login"), _origin(login) if login else gettext("none known"))
    usable = account.has_usable_password()
    text = gettext("usable") if usable else gettext("revoked: no login until a new one is set")
    yield Fact(_("Password"), text, is_alarming=not usable)


def deeds_of(
    site: admin.AdminSite, request: HttpRequest, account: AbstractBaseUser
) -> Iterator[Deed]:
    """Yield what the user of the request may do with the account through other admin classes."""
    if site.is_registered(UserSession):
        may_end = site.get_model_admin(UserSession).has_delete_permission(request)
        if may_end and may_act_on(request.user, account):
            name = "admin:sessions_api_usersession_end_all"
            url = reverse(name, args=[quote(account.pk)], current_app=site.name)
            yield Deed(gettext("End all sessions"), url)
    yield from further_deeds(site, request, account)


def _standing(site: admin.AdminSite, request: HttpRequest, account: AbstractBaseUser) -> str:
    """Return whether the account is active or banned.

    Since when, by whom and why is for those who may view the audit log, which tells it too.
    """
    if account.is_active:
        return gettext("active")
    if not may_view(site, request, AuditEvent):
        return gettext("banned")
    ban = ban_of(account)
    if ban is None:
        return gettext("banned; nothing tells since when, by whom and why")
    name = ban.actor_name or gettext("somebody unknown")
    return format_html(
        gettext("banned {time} by {name}. Reason: {reason}"),
        time=recent_time(ban.banned_at),
        name=user_link(site, ban.actor_id, name) if ban.actor_id else name,
        reason=ban.reason or gettext("none given"),
    )


def _count(live: LiveSessions) -> str:
    if live.has_more:
        return gettext("%(count)s active") % {"count": more_than(COUNTED)}
    logins, tokens = len(live.logins), len(live.tokens)
    text = gettext("%(count)s active") % {"count": grouped(logins)}
    if not tokens:
        return text
    further = ngettext("%(count)s API token", "%(count)s API tokens", tokens)
    return f"{text}, {further % {'count': grouped(tokens)}}"


def _origin(login: AuditEvent) -> str:
    """Return when a login was, and from which device, address and location it came."""
    device = parse_device(login.user_agent)
    words = device_in_words(device.browser, device.version, device.os, device.os_version)
    parts = (recent_time(login.at), words, login.address, login.detail.get("location"))
    return format_html_join(mark_safe(", "), "<bdi>{}</bdi>", [(part,) for part in parts if part])
