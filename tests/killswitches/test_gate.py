"""Reading which switches are on."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from django.db.models import F
from django.db.utils import IntegrityError

from killswitches.gate import enabled_mask, first_enabled, mask_expression
from killswitches.models import KillSwitch
from killswitches.registry import (
    ACCOUNT_LOGIN,
    ACCOUNT_MODIFY,
    FILE_CREATE,
    GLOBAL,
    MAX_NUMBER,
    Switch,
    registry,
)
from killswitches.testing import switched_on


def annotated_mask(user_model: Any) -> int:
    """Return the mask as a column of another query."""
    return user_model.objects.annotate(switch_mask=mask_expression()).get().switch_mask


@pytest.fixture
def user_model(db: None, django_user_model: Any) -> Any:
    """The host's user model, with one user."""
    django_user_model.objects.create_user(username="ann")
    return django_user_model


@pytest.mark.parametrize("switch", list(registry), ids=lambda switch: switch.name)
def test_each_switch_sets_its_bit_and_no_other(switch: Switch, user_model: Any) -> None:
    with switched_on(switch):
        assert enabled_mask() == annotated_mask(user_model) == 1 << switch.number
    assert enabled_mask() == annotated_mask(user_model) == 0


def test_all_switches_at_once(user_model: Any) -> None:
    with switched_on(*registry):
        assert enabled_mask() == annotated_mask(user_model) == 0b111111111


def test_without_any_row_every_switch_is_off(user_model: Any) -> None:
    KillSwitch.objects.all().delete()
    assert enabled_mask() == annotated_mask(user_model) == 0


def test_the_mask_is_exact_when_every_possible_bit_is_set(user_model: Any) -> None:
    KillSwitch.objects.all().delete()
    KillSwitch.objects.bulk_create(
        KillSwitch(number=number, enabled=True) for number in range(MAX_NUMBER + 1)
    )
    assert enabled_mask() == annotated_mask(user_model) == 2**63 - 1


def test_the_database_refuses_a_number_that_does_not_fit_the_mask(db: None) -> None:
    with pytest.raises(IntegrityError):
        KillSwitch.objects.create(number=MAX_NUMBER + 1)


def test_the_mask_takes_one_query_or_is_part_of_another(
    user_model: Any, django_assert_num_queries: Any
) -> None:
    with switched_on(ACCOUNT_LOGIN):
        with django_assert_num_queries(1):
            assert enabled_mask() == ACCOUNT_LOGIN.bit
        with django_assert_num_queries(1):
            assert annotated_mask(user_model) == ACCOUNT_LOGIN.bit


def test_the_mask_is_an_integer_within_the_database_too(user_model: Any) -> None:
    masked = user_model.objects.annotate(switch_mask=mask_expression())
    of_login = masked.annotate(of_login=F("switch_mask").bitand(ACCOUNT_LOGIN.bit))
    with switched_on(ACCOUNT_LOGIN, GLOBAL):
        assert of_login.get().of_login == ACCOUNT_LOGIN.bit


@pytest.mark.parametrize(
    ("on", "asked", "named"),
    [
        ((), (ACCOUNT_MODIFY, ACCOUNT_LOGIN), None),
        ((FILE_CREATE,), (ACCOUNT_MODIFY, ACCOUNT_LOGIN), None),
        ((ACCOUNT_LOGIN,), (ACCOUNT_MODIFY, ACCOUNT_LOGIN), ACCOUNT_LOGIN),
        ((ACCOUNT_LOGIN, ACCOUNT_MODIFY), (ACCOUNT_LOGIN, ACCOUNT_MODIFY), ACCOUNT_LOGIN),
        ((ACCOUNT_LOGIN, ACCOUNT_MODIFY), (ACCOUNT_MODIFY, ACCOUNT_LOGIN), ACCOUNT_MODIFY),
        ((GLOBAL,), (), GLOBAL),
        ((ACCOUNT_LOGIN, GLOBAL), (ACCOUNT_LOGIN,), GLOBAL),
    ],
)
def test_the_first_enabled_switch_is_returned_with_global_first(
    on: Sequence[Switch], asked: Sequence[Switch], named: Switch | None
) -> None:
    mask = sum(switch.bit for switch in on)
    assert first_enabled(mask, asked) == named


def test_a_replica_is_never_queried(db: None, settings: Any) -> None:
    replica = SimpleNamespace(db_for_read=lambda model, **hints: "replica")
    settings.DATABASE_ROUTERS = [replica]
    # The replica does not exist, so querying it would fail.
    assert enabled_mask() == 0
