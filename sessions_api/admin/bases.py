"""Django's ``ModelAdmin`` as the type checker knows it: generic, which it is not at run time."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin

if TYPE_CHECKING:
    # Any, for a mixin goes with whichever model it is mixed in for.
    ModelAdmin = admin.ModelAdmin[Any]
else:
    ModelAdmin = admin.ModelAdmin
