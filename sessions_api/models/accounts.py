"""Foreign keys to accounts whose rows outlive the account."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.db import models
from django.db.models.fields.related_descriptors import ForwardManyToOneDescriptor

from sessions_api.accounts.kinds import AccountKey

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class DeletedAccount:
    """A substitute for an account that has been deleted.

    :param pk: the primary key that it had.
    """

    pk: AccountKey

    def natural_key(self) -> int | str:
        """Return the primary key, which ``loaddata`` accepts in place of a natural key.

        Keys other than integers are returned as text, because the fixture formats do not support
        every type.
        """
        return self.pk if isinstance(self.pk, int) else str(self.pk)


if TYPE_CHECKING:
    # The class is generic in its stubs only.
    Descriptor = ForwardManyToOneDescriptor["DeletableAccount"]
else:
    Descriptor = ForwardManyToOneDescriptor


class AccountOrDeleted(Descriptor):
    """Access to the account of a row: a :class:`DeletedAccount` if it has been deleted."""

    def __get__(self, instance: models.Model | None, cls: type[models.Model] | None = None) -> Any:
        try:
            return super().__get__(instance, cls)
        except ObjectDoesNotExist:
            return DeletedAccount(getattr(instance, self.field.attname))


class DeletableAccount(models.ForeignKey[Any, Any]):
    """The foreign key that :func:`deletable_account` returns."""

    forward_related_accessor_class = AccountOrDeleted

    def deconstruct(self) -> Any:
        """Present the field to migrations as a plain ``ForeignKey``."""
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.ForeignKey", args, kwargs


def deletable_account(verbose_name: "StrOrPromise") -> "DeletableAccount":
    """Return a foreign key to an account that leaves its row unchanged if the account is deleted.

    The row keeps the key of the deleted account, so there is no database constraint. There is no
    index either: a model that needs one declares it in ``Meta``.
    """
    return DeletableAccount(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
        editable=False,
        verbose_name=verbose_name,
    )
