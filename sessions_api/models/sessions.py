"""Login sessions."""

import itertools
import uuid
from datetime import datetime
from typing import Any, Self, TypeAlias

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import EmptyResultSet
from django.db import connections, models
from django.db.models import BooleanField, Case, Expression, F, Q, Value, When, sql
from django.db.models.lookups import In
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from sessions_api.conf import api_settings
from sessions_api.passwords import marks
from sessions_api.scopes import Scope

#: How many ids are looked at in one query when one is sought that is free.
SID_WINDOW = 20


#: Columns, as the database gives them.
Row: TypeAlias = tuple[Any, ...]


class UserSessionQuerySet(models.QuerySet["UserSession"]):
    def active(self, now: datetime | None = None, *, owner: AbstractBaseUser | None = None) -> Self:
        """Those that live: they have neither expired, nor has their owner a new password.

        The others are no sessions any more, though their rows are still there.

        :param owner: whose they all are, where that is known; the database then has less to do.
        """
        unexpired = self.unexpired(now)
        if not api_settings().PASSWORD_CHANGE_ENDS_SESSIONS:
            return unexpired
        return unexpired.filter(_has_password_of(owner))

    def outlived(self, now: datetime | None = None) -> Self:
        """Those that have not expired, but whose owner has a new password: they are ended."""
        if not api_settings().PASSWORD_CHANGE_ENDS_SESSIONS:
            return self.none()
        return self.unexpired(now).filter(_has_password_of(None, negated=True))

    def unexpired(self, now: datetime | Expression | None = None) -> Self:
        """Those whose time is not over."""
        return self.filter(expires_at__gt=now or timezone.now())

    def expired(self, now: datetime | None = None) -> Self:
        return self.filter(expires_at__lte=now or timezone.now())

    def owned_by(self, user: AbstractBaseUser) -> Self:
        return self.filter(user=user)

    def newest_of(self, user: AbstractBaseUser) -> Self:
        """Those of a user, newest first, as the index of users and ids has them.

        The condition is the range from a value to itself: where a column equals a value, the
        planner knows that it sorts nothing, and may walk along everybody's ids instead, in the
        hope to come across the user's.
        """
        of_user = self.filter(user__gte=user.pk, user__lte=user.pk)
        return of_user.order_by("-user_id", "-sid")

    def free_sid(self, user: AbstractBaseUser, newest: int) -> int:
        """The latest second, at or before ``newest``, that is not yet a session id of this user."""
        sids = self.newest_of(user).values_list("sid", flat=True)
        for end in itertools.count(newest, -SID_WINDOW):
            # So many, not those down to an id: seeing how short the range is, the planner would
            # read what everybody has begun in it.
            taken = set(sids.filter(sid__lte=end)[:SID_WINDOW])
            window = range(end, end - SID_WINDOW, -1)
            free = next((sid for sid in window if sid not in taken), None)
            if free is not None:
                return free
        raise AssertionError("an endless count ended")

    def delete_returning(self, *fields: str) -> list[Row]:
        """Delete these rows in one statement and return the named columns of just those deleted.

        Of two parallel deletions of one row exactly one returns it. Needs ``DELETE … RETURNING``
        (PostgreSQL; SQLite 3.35). It sends no signals and does not follow foreign keys of a host
        that point here: give those ``on_delete=DO_NOTHING`` and a rule in the database.
        """
        connection = connections[self.db]
        options: Any = self.model._meta
        compiler = self.order_by().query.chain(klass=sql.DeleteQuery).get_compiler(self.db)
        try:
            statement, parameters = compiler.as_sql()
        except EmptyResultSet:
            return []
        columns = [options.get_field(name).get_col(options.db_table) for name in fields]
        returned = ", ".join(connection.ops.quote_name(column.target.column) for column in columns)
        with connection.cursor() as cursor:
            cursor.execute(f"{statement} RETURNING {returned}", parameters)
            rows: list[Row] = cursor.fetchall()
        if converters := compiler.get_converters(columns):
            rows = list(map(tuple, compiler.apply_converters(rows, converters)))
        return rows


def _has_password_of(owner: AbstractBaseUser | None, *, negated: bool = False) -> Case:
    """Whether sessions began with the password that their owner has.

    It stands in a ``CASE``, of which the planner expects that half of the rows pass: of a bare
    comparison it would expect that next to none do, and read a table for a page.
    """
    mark = marks.mark_of_owner(owner)
    is_same = Q(password_mark="") | Q(In(mark, [F("password_mark"), F("earlier_mark")]))
    return Case(
        When(is_same, then=Value(not negated)),
        default=Value(negated),
        output_field=BooleanField(),
    )


class UserSession(models.Model):
    """One login of one user. Ending it deletes the row, and with it the token's life."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="login_sessions",
        verbose_name=_("user"),
        # The unique constraint below begins with this column.
        db_index=False,
    )
    sid = models.BigIntegerField(
        _("session ID"), help_text=_("The token's iat: when it was created, in UNIX seconds.")
    )
    jti = models.UUIDField(_("token ID"), default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=128)
    dialect = models.CharField(
        _("dialect"),
        max_length=16,
        blank=True,
        help_text=_("The dialect of the API through which the session was created."),
    )
    permission_flags = models.PositiveIntegerField(
        _("permission flags"),
        null=True,
        blank=True,
        help_text=_("The scopes of a scoped session. Empty for a full one."),
    )
    address = models.GenericIPAddressField(_("IP address"), null=True, blank=True, unpack_ipv4=True)
    location = models.CharField(_("location"), max_length=255, blank=True)
    user_agent = models.CharField(_("user agent"), max_length=512, blank=True)
    browser = models.CharField(_("browser"), max_length=128, blank=True)
    browser_version = models.CharField(_("browser version"), max_length=64, blank=True)
    platform = models.CharField(_("platform"), max_length=128, blank=True)
    os = models.CharField(_("operating system"), max_length=128, blank=True)
    os_version = models.CharField(_("operating system version"), max_length=64, blank=True)
    is_dev = models.BooleanField(_("developer tool"), default=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    expires_at = models.DateTimeField(_("expires"))
    used_at = models.DateTimeField(_("last used"), null=True, blank=True)
    # Also of the database, for rows of a version that knows no marks and still runs: empty ones are
    # filled at the first use.
    password_mark = models.CharField(
        max_length=marks.LENGTH, default="", db_default="", blank=True, editable=False
    )
    # Of the hash before, where it was one of the same password: whoever has read the account before
    # the upgrade, and the session after it, must not take the password for a new one.
    earlier_mark = models.CharField(
        max_length=marks.LENGTH, default="", db_default="", blank=True, editable=False
    )

    #: The enabled kill switches; only sessions that a token has just opened have it.
    switch_mask: int

    #: What the request that a token has opened it for has given its owner's password for, and no
    #: second factor; empty otherwise.
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
            # What staff search by, whosever session it is.
            models.Index(fields=["sid"], name="sessions_api_sid"),
            models.Index(fields=["address"], name="sessions_api_address"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_scoped(self) -> bool:
        return self.permission_flags is not None

    @property
    def has_expired(self) -> bool:
        """The same as :meth:`UserSessionQuerySet.expired` has it, for a row that is at hand."""
        return self.expires_at <= timezone.now()

    def has_password_of(self, user: AbstractBaseUser) -> bool:
        """Whether the session began with the password that its owner ``user`` has.

        One without a mark counts as such, and so does every one where new passwords end none. The
        same as :meth:`UserSessionQuerySet.active` has it, for a row that is at hand.
        """
        if not self.password_mark or not api_settings().PASSWORD_CHANGE_ENDS_SESSIONS:
            return True
        return marks.password_mark(user.password) in (self.password_mark, self.earlier_mark)

    def allows(self, scope: Scope) -> bool:
        """Whether the session may be used for acts of this scope; a full session may for all."""
        return self.permission_flags is None or bool(self.permission_flags & (scope | Scope.ALL))
