"""What themes of the admin, such as django-unfold, look for in the lists of others."""

from collections.abc import Iterator

from django.apps import apps
from django.contrib import admin
from django.contrib.admin import FieldListFilter, ListFilter

PACKAGES = ("killswitches", "sessions_api")


def filters() -> Iterator[type[ListFilter]]:
    """Yield the classes of the filters of our lists, except for those named by a field."""
    for model in filter(admin.site.is_registered, apps.get_models()):
        if model.__module__.startswith(PACKAGES):
            for one in admin.site.get_model_admin(model).list_filter:
                listed = one[1] if isinstance(one, tuple) else one
                if isinstance(listed, type):
                    yield listed


def test_each_filter_has_a_name() -> None:
    found = [one for one in filters() if not issubclass(one, FieldListFilter)]
    assert len(found) > 10
    assert [one for one in found if not getattr(one, "parameter_name", None)] == []
