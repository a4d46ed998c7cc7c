"""Previews of a kill switch's conditions on sessions and failed logins, for the admin.

The gate decides with the same code, but it sees requests. What is stored of a session is the
dialect, the client and the address of its login.
"""

import functools
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from django.db import Error
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from killswitches.conditions.conditions import Conditions
from killswitches.previews import WINDOW, Matched
from killswitches.registry import Switch
from sessions_api.callers.clients import Client
from sessions_api.callers.programs import parsed_program
from sessions_api.callers.switch_callers import SwitchCaller
from sessions_api.databases.timeouts import time_limited
from sessions_api.http.switch_callers import recorded_program
from sessions_api.http.switch_impact import mounted_dialects
from sessions_api.models import AuditEvent, UserSession

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

_COLUMNS = ("dialect", "user_id", "address", "user_agent", "browser", "browser_version")


@dataclass(frozen=True)
class _Kind:
    """A kind of callers.

    :param callers: the callers, in the order in which they are looked at.
    :param alias: the database that they are read from.
    :param is_known: whether all is known that the conditions ask about.
    """

    label: "StrOrPromise"
    note: "StrOrPromise"
    callers: Iterable[SwitchCaller]
    alias: str
    is_known: bool = True


@dataclass(frozen=True)
class SwitchPreview:
    """The :class:`killswitches.previews.Provider` of the API.

    :param most: the largest number of callers of each kind that are looked at.
    :param seconds: how long each kind may take. A user agent that nobody has seen before takes
        milliseconds to parse.
    """

    most: int = 5_000
    seconds: float = 2

    def dialects(self) -> Sequence[str]:
        """Return the dialects that are mounted."""
        return mounted_dialects()

    def preview(self, switch: Switch, conditions: Conditions) -> Sequence[Matched]:
        """Return for how many sessions and failed logins of the last minutes conditions hold."""
        kinds = (self._sessions_used(), self._logins(), self._failed_logins(conditions))
        return [self._matched(switch, conditions, kind) for kind in kinds]

    def _sessions_used(self) -> _Kind:
        # Without an order, because no index supports it.
        used = _sessions().filter(used_at__gte=timezone.now() - WINDOW).order_by()
        return _Kind(
            _("Sessions used"),
            _(
                "Each counts with the dialect, client and address of its login. Those of staff are "
                "among them, although staff pass every switch."
            ),
            _callers_of(used[: self.most + 1], is_anonymous=False),
            used.db,
        )

    def _logins(self) -> _Kind:
        since = timezone.now() - WINDOW
        begun = _sessions().filter(sid__gte=int(since.timestamp()), created_at__gte=since)
        logins = begun.filter(permission_flags=None).order_by("-sid")
        return _Kind(
            _("Logins"),
            _("Each counts as an anonymous caller, unless its session has ended already."),
            _callers_of(logins[: self.most + 1], is_anonymous=True),
            logins.db,
        )

    def _failed_logins(self, conditions: Conditions) -> _Kind:
        recent = AuditEvent.objects.filter(at__gte=timezone.now() - WINDOW)
        failed = recent.filter(kind=AuditEvent.Kind.LOGIN_FAILED).only("address", "user_agent")
        events = failed[: self.most + 1].iterator()
        parse = functools.cache(parsed_program)
        return _Kind(
            _("Failed logins"),
            _("Those of pages are among them. Their dialect is not recorded."),
            (SwitchCaller(partial(_client_of, one), parse=parse) for one in events),
            failed.db,
            is_known=not conditions.dialect,
        )

    def _matched(self, switch: Switch, conditions: Conditions, kind: _Kind) -> Matched:
        if not kind.is_known:
            return Matched(kind.label, None, 0, note=kind.note)
        matched = looked_at = 0
        is_partial = False
        deadline = time.monotonic() + self.seconds
        try:
            with time_limited([kind.alias], self.seconds):
                for caller in kind.callers:
                    if looked_at == self.most or time.monotonic() > deadline:
                        is_partial = True
                        break
                    looked_at += 1
                    matched += conditions.hold(switch.name, caller)
        except Error:
            # The table is too large to be read in time.
            return Matched(kind.label, None, 0, note=kind.note)
        return Matched(kind.label, matched, looked_at, is_partial, kind.note)


def _sessions() -> QuerySet[UserSession]:
    # Logins to the admin, which no switch closes, have no token.
    return UserSession.objects.unexpired().exclude(jti=None).only(*_COLUMNS)


def _callers_of(sessions: QuerySet[UserSession], *, is_anonymous: bool) -> Iterator[SwitchCaller]:
    for session in sessions.iterator():
        yield SwitchCaller(
            partial(_client_of, session),
            session.dialect,
            "" if is_anonymous else str(session.user_id),
            recorded=partial(recorded_program, session),
        )


def _client_of(row: UserSession | AuditEvent) -> Client:
    return Client(row.address, row.user_agent)
