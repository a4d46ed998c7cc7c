"""Accounts over REST, with a UUID for a key, an email address for a name, and no times."""

import uuid
from typing import Any

import pytest
from django.conf import settings
from django.core.checks import run_checks
from django.test import override_settings

from sessions_api.models import Ban
from sessions_api.scopes import Scope
from tests.host.callers import PASSWORD, LogIn
from tests.host.models import Member

BAN = {"reason": "Cheats", "password": PASSWORD}
BEGINNING = "1970-01-01T00:00:00.000Z"
FOUNDED = "2026-01-01T00:00:00.000Z"


def adapted(name: str) -> Any:
    changes = {"ADAPTER": f"tests.host.adapters.{name}"}
    return override_settings(SESSIONS_API=settings.SESSIONS_API | changes)


def test_what_the_model_lacks_is_null(log_in: LogIn, mia: Member) -> None:
    assert log_in(mia).get("/auth/users/me").json() == {
        "id": str(mia.pk),
        "username": "mia@example.com",
        "email": "mia@example.com",
        "staff": False,
        "domain": "testserver",
        "subdomain": None,
        "verifiedAt": None,
        "bannedAt": None,
        "twoFactorBackupCodeUsedAt": None,
        "createdAt": None,
        "updatedAt": None,
    }


def test_staff_list_show_and_ban(log_in: LogIn, mia: Member, staff: Member) -> None:
    boss, mias = log_in(staff), log_in(mia)
    found = boss.get("/auth/users").json()
    assert found["count"] == 2
    assert {item["id"] for item in found["items"]} == {str(mia.pk), str(staff.pk)}
    path = f"/auth/users/{mia.pk}"
    assert boss.get(path).json() == mias.get("/auth/users/me").json()
    assert boss.put(f"{path}/ban", BAN).json()["bannedAt"] is not None
    assert Ban.objects.values("user", "reason", "actor").get() == {
        "user": mia.pk,
        "reason": "Cheats",
        "actor": staff.pk,
    }
    assert mias.get("/auth/users/me").status_code == 403
    assert boss.delete(f"{path}/ban", {"password": PASSWORD}).json()["bannedAt"] is None
    assert mias.get("/auth/users/me").status_code == 200
    assert boss.get(f"/auth/users/{uuid.UUID(int=7)}").status_code == 404


def test_a_ban_of_which_nothing_is_known(log_in: LogIn, mia: Member, staff: Member) -> None:
    Member.objects.filter(pk=mia.pk).update(is_active=False)
    shown = log_in(staff).get(f"/auth/users/{mia.pk}").json()
    assert shown["bannedAt"] == BEGINNING


def test_scopes(log_in: LogIn, mia: Member) -> None:
    assert log_in(mia, scopes=Scope.ACCOUNT_READ).get("/auth/users/me").status_code == 200
    assert log_in(mia, scopes=Scope.SESSION_READ).get("/auth/users/me").status_code == 403


def test_the_adapter_names_another_renderer(log_in: LogIn, mia: Member) -> None:
    client = log_in(mia)
    with adapted("WithClub"):
        shown = client.get("/auth/users/me").json()
    assert (shown["createdAt"], shown["verifiedAt"], shown["club"]) == (FOUNDED, FOUNDED, "chess")
    assert "club" not in client.get("/auth/users/me").json()


@pytest.mark.parametrize(
    ("name", "found"), [("Quiet", "I001"), ("WithClub", "I001"), ("WithoutRenderer", "E001")]
)
def test_the_checks(name: str, found: str) -> None:
    with adapted(name):
        ids = [problem.id for problem in run_checks(tags=["sessions_api"])]
    ours = [one for one in ids if str(one).startswith("sessions_api_users")]
    assert ours == [f"sessions_api_users.{found}"]
