"""The project's user model."""

import functools
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import PermissionsMixin
from django.contrib.auth.models import UserManager as DjangoUserManager
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models, router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from cumulonimbus.user_ids import NewIdQuerySet, insert_with_new_ids
from sessions_api.databases.prefixes import ByCodePoint

# ASCII only, because databases disagree on the case of other letters.
USERNAME_PATTERN = r"\A[A-Za-z0-9_.@+-]{1,64}\Z"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

validate_username = RegexValidator(
    USERNAME_PATTERN,
    _("A username is 1 to 64 characters long: unaccented letters, digits and @ . + - _ only."),
)


if TYPE_CHECKING:
    # The class is generic only in the stubs.
    EmailField = models.EmailField[str | None, str | None]
else:
    EmailField = models.EmailField


class OptionalEmailField(EmailField):
    """An email field that stores an empty text as NULL, which is exempt from unique constraints."""

    def get_db_prep_save(self, value: object, connection: BaseDatabaseWrapper) -> object:
        return super().get_db_prep_save(None if value == "" else value, connection)


class UserManager(DjangoUserManager["User"]):
    # Migrations use plain rows.
    use_in_migrations = False

    def get_queryset(self) -> NewIdQuerySet["User"]:
        return NewIdQuerySet(self.model, using=self._db)

    # Django would return an empty text, which only one row of the unique column could have.
    @classmethod
    def normalize_email(cls, email: str | None) -> str | None:  # type: ignore[override]
        """Return the address with its domain in lower case, or None if it is empty."""
        return super().normalize_email(email) or None

    def get_by_natural_key(self, username: str | None) -> "User":
        """Return the user with this name, in upper or lower case.

        :raises User.DoesNotExist: there is no such user, or the text is not a valid username. It is
            not queried then, because databases refuse some characters such as NUL.
        """
        try:
            validate_username(username)
        except ValidationError as error:
            raise self.model.DoesNotExist from error
        return self.get(username__iexact=username)


# The manager of django-otp's devices, related to the user, is not typed.
class User(AbstractBaseUser, PermissionsMixin):  # type: ignore[django-manager-missing]
    """An account. Its id is its creation time in UNIX milliseconds (13 digits)."""

    id = models.BigIntegerField(
        primary_key=True,
        editable=False,
        help_text=_("When the account was created, in UNIX milliseconds."),
        verbose_name=_("ID"),
    )
    username = models.CharField(
        _("username"),
        max_length=64,
        # Django requires this for a USERNAME_FIELD. The constraint below also ignores case.
        unique=True,
        validators=[validate_username],
        help_text=_("1 to 64 unaccented letters, digits and @ . + - _ characters."),
        error_messages={"unique": _("A user with that username already exists.")},
    )
    email = OptionalEmailField(_("email address"), null=True, blank=True)
    is_staff = models.BooleanField(
        _("staff status"),
        default=False,
        help_text=_("Staff may log in to this site and use the API's staff endpoints."),
    )
    is_active = models.BooleanField(
        _("active"),
        default=True,
        help_text=_("Untick to ban the account: it cannot log in, and its sessions are refused."),
    )

    objects = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["email"]

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(username__regex=USERNAME_PATTERN),
                name="user_username_valid",
                violation_error_message=validate_username.message,
            ),
            # Upper, so that PostgreSQL can use the index for `__iexact` lookups.
            models.UniqueConstraint(
                Upper("username"),
                name="user_username_unique",
                violation_error_message=_("A user with that username already exists."),
            ),
            models.UniqueConstraint(
                Upper("email"),
                name="user_email_unique",
                violation_error_message=_("A user with that email address already exists."),
            ),
        ]
        # By these, staff find users by the first letters. The constraints sort as the database's
        # language does.
        indexes = [
            models.Index(ByCodePoint(Upper("username")), name="user_username_prefix"),
            models.Index(ByCodePoint(Upper("email")), name="user_email_prefix"),
        ]

    @property
    def created_at(self) -> datetime:
        """The time of creation, which the id contains."""
        return _EPOCH + timedelta(milliseconds=self.pk)

    def clean(self) -> None:
        super().clean()
        self.email = type(self).objects.normalize_email(self.email)

    def save(self, **kwargs: Any) -> None:
        """Save the user; a user without an id is inserted with a new one."""
        if self.pk is not None:
            super().save(**kwargs)
            return
        kwargs |= {"force_insert": True}
        kwargs["using"] = kwargs.get("using") or router.db_for_write(type(self), instance=self)
        insert = functools.partial(super().save, **kwargs)
        insert_with_new_ids([self], insert, using=kwargs["using"])
