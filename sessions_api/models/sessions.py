"""Login sessions."""

import itertools
import uuid
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Self

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import connections, models
from django.db.models import Expression, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from killswitches.conditions.switches_on import SwitchesOn
from sessions_api.conf import api_settings
from sessions_api.databases.arrays import is_in_array
from sessions_api.models import liveness
from sessions_api.models.kinds import SessionKind
from sessions_api.models.session_columns import SessionColumns
from sessions_api.passwords import marks
from sessions_api.scopes import Scope

#: How many session ids one query checks in the search for a free one.
SID_WINDOW = 20


class UserSessionQuerySet(models.QuerySet["UserSession"]):
    def active(self, now: datetime | None = None, *, owner: AbstractBaseUser | None = None) -> Self:
        """Filter to the active sessions: not expired, and ended neither by a limit of the settings
        nor by a new password of their owner.

        Rows of other sessions remain until they are pruned.

        :param now: by default the present.
        :param owner: the owner of all these sessions, if known; it makes the query cheaper.
        """
        now = now or timezone.now()
        survives = liveness.survives(now, owner)
        unexpired = self.unexpired(now)
        return unexpired if survives is None else unexpired.filter(survives)

    def ended_early(self, now: datetime | None = None) -> Self:
        """Filter to the unexpired sessions that a limit or a new password has ended."""
        now = now or timezone.now()
        ended = liveness.survives(now, None, negated=True)
        return self.none() if ended is None else self.unexpired(now).filter(ended)

    def superseded(self, now: datetime | None = None) -> Self:
        """Filter to the unexpired sessions that a new password of their owner has ended."""
        now = now or timezone.now()
        if not api_settings().PASSWORD_CHANGE_ENDS_SESSIONS:
            return self.none()
        return self.ended_early(now).exclude(liveness.past_limits(now))

    def past_limits(self, now: datetime | None = None) -> Self:
        """Filter to the unexpired sessions that a limit of the settings has ended."""
        now = now or timezone.now()
        past = liveness.past_limits(now)
        return self.unexpired(now).filter(past) if past else self.none()

    def unexpired(self, now: datetime | Expression | None = None) -> Self:
        """Filter to the sessions that have not expired, even if a new password has ended them."""
        return self.filter(expires_at__gt=now or timezone.now())

    def expired(self, now: datetime | None = None) -> Self:
        """Filter to the sessions that have expired, whether or not they had ended before."""
        return self.filter(expires_at__lte=now or timezone.now())

    def owned_by(self, user: AbstractBaseUser) -> Self:
        return self.filter(user=user)

    def newest_of(self, user: AbstractBaseUser) -> Self:
        """Filter to the sessions of a user, newest first, in the order of the index on user and id.

        The condition is a range from the user's key to itself. With a plain equality PostgreSQL's
        planner drops the column from the ordering, and may scan the ids of all users for the few
        of this one. It finds the user's partition, if there are any, by a comparison with an array.
        """
        of_user = self.filter(user__gte=user.pk, user__lte=user.pk)
        if connections[self.db].vendor == "postgresql":
            of_user = of_user.filter(is_in_array("user", user.pk, user._meta.pk))
        return of_user.order_by("-user_id", "-sid")

    def free_sid(self, user: AbstractBaseUser, newest: int) -> int:
        """Return the largest free session id of a user, up to ``newest`` (both in UNIX seconds)."""
        sids = self.newest_of(user).values_list("sid", flat=True)
        for end in itertools.count(newest, -SID_WINDOW):
            # Sliced rather than bounded below: for a short range of ids the planner would read the
            # sessions of all users in it.
            taken = set(sids.filter(sid__lte=end)[:SID_WINDOW])
            window = range(end, end - SID_WINDOW, -1)
            free = next((sid for sid in window if sid not in taken), None)
            if free is not None:
                return free
        raise AssertionError("unreachable")


class UserSession(SessionColumns):
    """A login of a user, or a scoped session. Ending it deletes the row, revoking the token.

    Its :attr:`kind` says which. A login to Django's admin (the console) has no token at all.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="login_sessions",
        verbose_name=_("user"),
        # The unique constraint below begins with this column.
        db_index=False,
    )
    # None for a session of the console, so that no token can ever name it.
    jti = models.UUIDField(_("token ID"), default=uuid.uuid4, null=True, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    # The default is also one of the database, for sessions created by an older version that runs
    # next to this one. An empty mark is set when the session is first used.
    password_mark = models.CharField(
        max_length=marks.LENGTH, default="", db_default="", blank=True, editable=False
    )
    # The mark of the previous hash, if that was of the same password. A request that reads the
    # account before an upgrade of its hash, and the session after it, must not see a new password.
    earlier_mark = models.CharField(
        max_length=marks.LENGTH, default="", db_default="", blank=True, editable=False
    )

    #: The kill switches that are on. Set only on the session that authenticates a request.
    switches_on: SwitchesOn

    #: What an endpoint has had read along with that session: values by the names of the columns.
    further: Mapping[str, object] = MappingProxyType({})

    #: The purpose for which the current request was reverified by password alone, without a second
    #: factor; "" if it was not.
    reverified_for = ""

    objects = UserSessionQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        constraints = [
            models.UniqueConstraint(fields=["user", "sid"], name="sessions_api_unique_user_sid"),
        ]
        indexes = [
            models.Index(fields=["expires_at"], name="sessions_api_expires_at"),
            # Staff search by these across all users.
            models.Index(fields=["sid"], name="sessions_api_sid"),
            models.Index(fields=["address"], name="sessions_api_address"),
            # The few sessions of the console among all others.
            models.Index(fields=["sid", "id"], condition=Q(jti=None), name="sessions_api_console"),
        ]

    @property
    def kind(self) -> SessionKind:
        return SessionKind.of(has_token=self.jti is not None, is_scoped=self.is_scoped)

    @property
    def switch_mask(self) -> int:
        """The kill switches that are on for everybody, as bits."""
        return self.switches_on.mask

    @property
    def ends_at(self) -> datetime:
        """When the session ends unless it is used before: its expiry, or an earlier limit."""
        return liveness.ends_at(
            self.expires_at,
            created_at=self.created_at,
            used_at=self.used_at,
            scoped=self.is_scoped,
        )

    @property
    def has_expired(self) -> bool:
        """Whether the session has expired or reached a limit of the settings."""
        return self.ends_at <= timezone.now()

    def has_password_of(self, user: AbstractBaseUser) -> bool:
        """Return True if the session began with the password that its owner has now.

        Also true for a session without a mark, and if ``PASSWORD_CHANGE_ENDS_SESSIONS`` is off. It
        agrees with :meth:`UserSessionQuerySet.active`.

        :param user: the owner.
        """
        if not self.password_mark or not api_settings().PASSWORD_CHANGE_ENDS_SESSIONS:
            return True
        return marks.password_mark(user.password) in (self.password_mark, self.earlier_mark)

    def allows(self, scope: Scope) -> bool:
        """Return True if the session has the scope. A full session has all of them."""
        return self.permission_flags is None or bool(self.permission_flags & (scope | Scope.ALL))
