"""Counting what would be deleted along with accounts, in few queries.

Django's page loads and lists every row: for an account with ten thousand sessions, most of a
megabyte.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import cast

from django.contrib import admin
from django.contrib.admin.utils import NestedObjects, quote
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import router
from django.db.models import Field, Model, QuerySet
from django.db.models.deletion import Collector
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import ngettext

from sessions_api.databases.sizes import grouped

#: The maximum number of accounts, and of protected rows, that the page lists.
NAMED = 100

#: The result of ``ModelAdmin.get_deleted_objects``: names to show, numbers by kind, the kinds that
#: the user may not delete, and the rows that prevent the deletion.
Deletion = tuple[list[str], dict[str, int], set[str], list[str]]


#: The selected accounts.
Accounts = Sequence[AbstractBaseUser] | QuerySet[AbstractBaseUser]


class _Counting(NestedObjects):
    """A collector that does not load rows that a single statement can delete.

    These have no dependent rows, and no permission that is checked row by row.
    """

    def __init__(self, site: admin.AdminSite, using: str, origin: Accounts) -> None:
        super().__init__(using=using, origin=origin)
        self._site = site

    def can_fast_delete(
        self, objs: Model | Iterable[Model], from_field: "Field[object, object] | None" = None
    ) -> bool:
        """Decide as the deletion itself does; ``NestedObjects`` always loads all rows."""
        model = getattr(objs, "model", objs)
        return not _checks_rows(self._site, model) and Collector.can_fast_delete(
            self, objs, from_field
        )

    @property
    def loaded(self) -> Mapping[type[Model], Collection[Model]]:
        """The rows that were loaded, by model."""
        # The keys are models, not names as in the stubs.
        return cast(Mapping[type[Model], Collection[Model]], self.model_objs)

    def counts(self) -> Counter[type[Model]]:
        """Count the rows of each model, loaded or not."""
        found = Counter({model: len(rows) for model, rows in self.loaded.items()})
        for rows in self.fast_deletes:
            found[rows.model] += rows.count()
        return +found


def find_deletion(site: admin.AdminSite, request: HttpRequest, accounts: Accounts) -> Deletion:
    """Return what would be deleted along with accounts, for the confirmation page.

    :param accounts: a queryset or a list of them.
    """
    if not len(accounts):
        return [], {}, set(), []
    collector = _Counting(site, using=router.db_for_write(type(accounts[0])), origin=accounts)
    collector.collect(accounts)
    counts = collector.counts()
    forbidden = {
        str(model._meta.verbose_name)
        for model in counts
        if not _may_delete(site, request, model, collector.loaded.get(model, ()))
    }
    numbers = {str(model._meta.verbose_name_plural): number for model, number in counts.items()}
    return _names(site, accounts), numbers, forbidden, _names(site, list(collector.protected))


def _names(site: admin.AdminSite, rows: Sequence[Model] | QuerySet[Model]) -> list[str]:
    """Return the names of the first rows, and how many more there are."""
    named = [_named(site, row) for row in rows[:NAMED]]
    if (more := len(rows) - NAMED) > 0:
        text = ngettext("… and %(count)s more", "… and %(count)s more", more)
        named.append(text % {"count": grouped(more)})
    return named


def _checks_rows(site: admin.AdminSite, model: object) -> bool:
    """Return whether a host's own rule decides which rows of a model may be deleted.

    The rules of Django and of the kill switches do not depend on the row; those of sessions and
    second factors depend on its account, which is checked anyway.
    """
    if not (isinstance(model, type) and site.is_registered(model)):
        return False
    rule: object = type(site.get_model_admin(model)).has_delete_permission
    return rule.__module__.partition(".")[0] not in {"django", "killswitches", "sessions_api"}


def _may_delete(
    site: admin.AdminSite, request: HttpRequest, model: type[Model], rows: Iterable[Model]
) -> bool:
    """Return whether the user may delete rows of the model, and these in particular."""
    if not site.is_registered(model):
        return True
    model_admin = site.get_model_admin(model)
    return model_admin.has_delete_permission(request) and all(
        model_admin.has_delete_permission(request, row) for row in rows
    )


def _named(site: admin.AdminSite, row: Model) -> str:
    """Return the kind and the name of a row, with a link to its page if there is one."""
    options = row._meta
    kind = capfirst(options.verbose_name)
    if site.is_registered(type(row)):
        name = f"admin:{options.app_label}_{options.model_name}_change"
        try:
            url = reverse(name, args=[quote(row.pk)], current_app=site.name)
        except NoReverseMatch:
            pass
        else:
            return format_html('{}: <a href="{}">{}</a>', kind, url, row)
    return f"{kind}: {row}"
