"""Conditions in words, for pages."""

from collections.abc import Iterator

from django.utils.translation import gettext

from .conditions import Conditions


def in_words(conditions: Conditions) -> list[str]:
    """Return a text for each condition, in the current language."""
    return list(_texts(conditions))


def _texts(conditions: Conditions) -> Iterator[str]:
    if conditions.dialect:
        yield gettext("dialect %(dialect)s") % {"dialect": conditions.dialect}
    if conditions.client and conditions.version is not None:
        yield gettext("client %(client)s, version %(version)s") % {
            "client": conditions.client,
            "version": conditions.version,
        }
    elif conditions.client:
        yield gettext("client %(client)s") % {"client": conditions.client}
    if conditions.network is not None:
        yield gettext("network %(network)s") % {"network": conditions.network}
    if conditions.share is not None:
        yield gettext("%(share)s%% of the callers") % {"share": conditions.share}
