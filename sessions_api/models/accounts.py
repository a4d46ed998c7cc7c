"""How rows name accounts that they outlive."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.db import models
from django.db.models.fields.related_descriptors import ForwardManyToOneDescriptor

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class GoneAccount:
    """In place of an account that is gone.

    :param pk: the key that it had.
    """

    pk: Any

    def natural_key(self) -> Any:
        """The key itself, which a fixture keeps in place of a natural one, and which loading it
        takes as it is; as text where it is no number, for no format has a form for each type."""
        return self.pk if isinstance(self.pk, int) else str(self.pk)


if TYPE_CHECKING:
    # At run time it is not generic.
    Descriptor = ForwardManyToOneDescriptor["AccountThatMayGo"]
else:
    Descriptor = ForwardManyToOneDescriptor


class AccountOrGone(Descriptor):
    """The account of a row; a :class:`GoneAccount` where it has been deleted since."""

    def __get__(self, instance: models.Model | None, cls: type[models.Model] | None = None) -> Any:
        try:
            return super().__get__(instance, cls)
        except ObjectDoesNotExist:
            return GoneAccount(getattr(instance, self.field.attname))


class AccountThatMayGo(models.ForeignKey[Any, Any]):
    """See :func:`account_that_may_go`."""

    forward_related_accessor_class = AccountOrGone

    def deconstruct(self) -> Any:
        """As a plain foreign key, which is all that a migration needs to know."""
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.ForeignKey", args, kwargs


def account_that_may_go(verbose_name: "StrOrPromise") -> "AccountThatMayGo":
    """A foreign key to an account whose removal changes nothing in the row.

    It keeps the key of an account that is gone, so no constraint can hold it; an index, where one
    is needed, stands in the model's ``Meta``.
    """
    return AccountThatMayGo(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
        editable=False,
        verbose_name=verbose_name,
    )
