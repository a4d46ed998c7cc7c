"""How accounts of any user model are rendered and ordered."""

from datetime import UTC, date, datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import models
from django.test.utils import isolate_apps

from sessions_api.models import Ban
from sessions_api.users import checks
from sessions_api.users.rendering import AccountRenderer, ShownAccount, creation_order

NOON = datetime(2026, 11, 28, 12, 0, 0, 123_456, UTC)
SHOWN = "2026-11-28T12:00:00.123Z"


def account(**attributes: Any) -> Any:
    """Stands in for an account, with these attributes and no other times."""
    known = {"pk": 7, "is_active": True, "email": "", "get_username": lambda: "ann"}
    return SimpleNamespace(**known | attributes)


def rendered(**attributes: Any) -> dict[str, Any]:
    return AccountRenderer().shape.render(ShownAccount(account(**attributes), "localhost"))


def test_what_a_model_lacks_is_null() -> None:
    assert rendered() == {
        "id": "7",
        "username": "ann",
        "email": None,
        "staff": False,
        "domain": "localhost",
        "subdomain": None,
        "verifiedAt": None,
        "bannedAt": None,
        "twoFactorBackupCodeUsedAt": None,
        "createdAt": None,
        "updatedAt": None,
    }


@pytest.mark.parametrize("name", ["created_at", "date_joined"])
def test_the_time_of_creation_stands_for_the_verification(name: str) -> None:
    shown = rendered(**{name: NOON})
    assert (shown["createdAt"], shown["verifiedAt"]) == (SHOWN, SHOWN)


def test_a_verification_of_its_own_counts_though_there_was_none() -> None:
    shown = rendered(created_at=NOON, verified_at=None)
    assert (shown["createdAt"], shown["verifiedAt"]) == (SHOWN, None)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (NOON.astimezone(timezone(timedelta(hours=2))), SHOWN),
        (NOON.replace(tzinfo=None), SHOWN),
        (date(2026, 11, 28), None),
        ("yesterday", None),
        (lambda: NOON, None),
        (None, None),
    ],
)
def test_only_times_are_times(value: Any, text: str | None) -> None:
    assert rendered(updated_at=value)["updatedAt"] == text


def test_a_ban_of_which_nothing_is_known() -> None:
    assert rendered(is_active=False, created_at=NOON)["bannedAt"] == SHOWN
    assert rendered(is_active=False)["bannedAt"] == "1970-01-01T00:00:00.000Z"


def test_a_row_does_not_make_a_ban() -> None:
    shown = ShownAccount(account(), "localhost", Ban(banned_at=NOON))
    assert AccountRenderer().banned_at(shown) is None
    shown = ShownAccount(account(is_active=False), "localhost", Ban(banned_at=NOON))
    assert AccountRenderer().banned_at(shown) == NOON


CREATED = ("created_at", "date_joined")


def model_of(key: Any, *indexes: models.Index, **fields: Any) -> Any:
    """A model with a key, indexes and other fields."""
    with isolate_apps("django.contrib.messages"):
        meta = type("Meta", (), {"app_label": "messages", "indexes": indexes})
        body = {"id": key, "Meta": meta, "__module__": __name__, **fields}
        return type("Member", (models.Model,), body)


def uuid_key() -> Any:
    return models.UUIDField(primary_key=True)


def whole_key() -> Any:
    return models.BigIntegerField(primary_key=True)


def time(**options: Any) -> Any:
    return models.DateTimeField(**options)


def index(**options: Any) -> models.Index:
    return models.Index(name="x", **options)


@pytest.mark.parametrize(
    ("model", "order", "finds"),
    [
        (model_of(whole_key()), ["-pk"], None),
        (model_of(models.AutoField(primary_key=True), date_joined=time()), ["-pk"], None),
        (model_of(uuid_key()), ["-pk"], "no time of creation"),
        (model_of(uuid_key(), date_joined=time()), ["-date_joined", "-pk"], "sorts all of them"),
        (model_of(uuid_key(), date_joined=time(db_index=True)), ["-date_joined", "-pk"], None),
        (
            model_of(uuid_key(), index(fields=["-created_at", "id"]), created_at=time()),
            ["-created_at", "-pk"],
            None,
        ),
        (
            model_of(uuid_key(), index(fields=["id", "created_at"]), created_at=time()),
            ["-created_at", "-pk"],
            "sorts all of them",
        ),
        (
            model_of(
                uuid_key(),
                index(fields=["created_at"], condition=models.Q(created_at__isnull=False)),
                created_at=time(),
            ),
            ["-created_at", "-pk"],
            "sorts all of them",
        ),
    ],
)
def test_the_newest_come_first_out_of_an_index(
    model: Any, order: list[str], finds: str | None
) -> None:
    assert creation_order(model, CREATED) == order
    found = checks.order_problems(model, order)
    number = "I001" if order == ["-pk"] else "W001"
    assert [one.id for one in found] == [f"sessions_api_users.{number}"] * bool(finds)
    assert all(str(finds) in one.msg for one in found)


def test_the_project_passes() -> None:
    assert checks.check_accounts() == []


def test_the_list_of_djangos_own_users_is_in_order(settings: Any) -> None:
    settings.AUTH_USER_MODEL = "auth.User"
    assert AccountRenderer().newest_first() == ["-pk"]
    assert checks.check_accounts() == []
