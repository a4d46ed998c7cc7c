"""The lists of the admin that the user may view, as the context of its pages has them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model


@dataclass(frozen=True)
class ModelList:
    """The list of a model.

    :param url: empty if the user may not view it.
    :param verbs: what the user may do with its rows: ``add``, ``change``, ``delete``, ``view``.
    """

    url: str = ""
    verbs: frozenset[str] = field(default_factory=frozenset)


Lists = Mapping[type[Model], ModelList]

#: What stands for the list of a model whose rows the user may do nothing with.
NO_LIST = ModelList()


def lists_of(available_apps: Iterable[dict[str, Any]]) -> Lists:
    """Return the lists by model.

    :param available_apps: as in the context of every page of the admin.
    """
    return {
        entry["model"]: ModelList(
            url=(entry["admin_url"] or "") if entry["perms"].get("view") else "",
            verbs=frozenset(verb for verb, may in entry["perms"].items() if may),
        )
        for app in available_apps
        for entry in app["models"]
    }
