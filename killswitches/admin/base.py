"""What staff may do with rows of this app in the Django admin."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth import get_permission_codename
from django.db.models import Model
from django.http import HttpRequest

if TYPE_CHECKING:
    # At run time it is not generic. Any, for a mixin goes with whichever model it is mixed in for.
    ModelAdmin = admin.ModelAdmin[Any]
else:
    ModelAdmin = admin.ModelAdmin


class ServiceManagedAdmin(ModelAdmin):
    """Rows that the services alone write; who has the permission to view them sees them.

    What a subclass does allow, it asks of :meth:`is_permitted`.
    """

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody may."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody may."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody may."""
        return False

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whether the user may view them, as a REST API asks it. Django's own also takes the
        permission to change them for it."""
        return self.is_permitted(request, "view")

    def is_permitted(self, request: HttpRequest, verb: str) -> bool:
        """Whether the user has Django's permission for a verb on these rows."""
        codename = get_permission_codename(verb, self.opts)
        return request.user.has_perm(f"{self.opts.app_label}.{codename}")
