"""The base classes of admin classes."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth import get_permission_codename
from django.db.models import Model
from django.http import HttpRequest

if TYPE_CHECKING:
    # At run time it is not generic. Any, because a mixin works with any model.
    ModelAdmin = admin.ModelAdmin[Any]
else:
    ModelAdmin = admin.ModelAdmin


class ObjectPagesMixin(ModelAdmin):
    """Mixed into a ``ModelAdmin``: an empty ``_to_field`` is none, where Django's pages fail."""

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Any | None:
        """Return the row with a key, or None.

        :param from_field: the field to find it by, which Django has allowed; the primary key if
            empty.
        """
        return super().get_object(request, object_id, from_field or None)


class ServiceManagedAdmin(ObjectPagesMixin):
    """Rows that are only written by services, and are viewed with the permission to do so.

    Subclasses that allow more check it with :meth:`is_permitted`.
    """

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse."""
        return False

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Require the permission to view. Django would also accept the permission to change."""
        return self.is_permitted(request, "view")

    def is_permitted(self, request: HttpRequest, verb: str) -> bool:
        """Return whether the user has Django's permission for a verb on these rows."""
        codename = get_permission_codename(verb, self.opts)
        return request.user.has_perm(f"{self.opts.app_label}.{codename}")
