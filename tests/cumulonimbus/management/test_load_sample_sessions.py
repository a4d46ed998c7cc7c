"""``manage.py load_sample_sessions``: any number of generated users and sessions."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from io import StringIO
from ipaddress import IPv4Address, IPv6Address
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from cumulonimbus.models import User
from cumulonimbus.samples.sessions import (
    FIRST_ID,
    IDS_OF_A_SEED,
    SampleSession,
    sample_sessions,
    sample_users,
)
from sessions_api.models import AuditEvent, UserSession
from tests.api import Api

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def load(**options: Any) -> str:
    output = StringIO()
    call_command("load_sample_sessions", stdout=output, **options)
    return output.getvalue()


def make(count: int = 3000, **options: Any) -> list[SampleSession]:
    options = {"users": 300, "largest": 100, "seed": 0, "now": NOW} | options
    return list(sample_sessions(count, **options))


@pytest.mark.django_db
def test_loaded_sessions_work_like_any_other(api: Api) -> None:
    assert load(sessions=2500, users=100) == "Loaded: 100 users with 2500 sessions.\n"
    assert User.objects.count() == 100
    assert UserSession.objects.count() == 2500
    assert not AuditEvent.objects.exists()
    newest = UserSession.objects.first()
    assert newest
    newest.full_clean()
    newest.user.full_clean()
    assert newest.sid == int(newest.created_at.timestamp())
    assert newest.created_at <= timezone.now() < newest.expires_at
    by_age = UserSession.objects.order_by("pk").values_list("sid", flat=True)
    assert list(by_age) == sorted(set(by_age))


@pytest.mark.django_db
def test_the_accounts_have_unusable_passwords(api: Api) -> None:
    load(sessions=10, users=2)
    user = User.objects.first()
    assert user
    assert not user.has_usable_password()
    assert user.is_active
    assert not user.is_staff
    assert not user.is_superuser
    answer = api("POST", "/login", {"username": user.username, "password": "x"})
    assert answer.status_code == 401


@pytest.mark.django_db
def test_accounts_created_concurrently_get_unique_ids(ann: User) -> None:
    load(sessions=10, users=5)
    bob = User.objects.create_user("bob")
    assert bob.pk > ann.pk > FIRST_ID + IDS_OF_A_SEED


@pytest.mark.django_db
def test_the_largest_user_has_the_requested_number_of_sessions() -> None:
    load(sessions=2000, users=50, largest=700)
    counts = Counter(UserSession.objects.values_list("user_id", flat=True))
    [(owner, most), (_, second)] = counts.most_common(2)
    assert (owner, most) == (FIRST_ID, 700)
    assert second < 350


@pytest.mark.django_db
def test_a_seed_can_only_be_loaded_once() -> None:
    load(sessions=20, users=5)
    with pytest.raises(CommandError, match="seed 0 already exist"):
        load(sessions=20, users=5)
    assert (User.objects.count(), UserSession.objects.count()) == (5, 20)
    load(sessions=20, users=5, seed=1)
    assert (User.objects.count(), UserSession.objects.count()) == (10, 40)


@pytest.mark.django_db
def test_an_error_rolls_everything_back(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: Any, **options: Any) -> Any:
        yield from sample_sessions(*args, **options)
        raise OSError("the disk is full")

    command = "cumulonimbus.management.commands.load_sample_sessions"
    monkeypatch.setattr(f"{command}.sample_sessions", broken)
    with pytest.raises(OSError, match="the disk is full"):
        load(sessions=1500, users=5)
    assert (User.objects.count(), UserSession.objects.count()) == (0, 0)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("option", "number"),
    [
        ("sessions", 0),
        ("sessions", -5),
        ("users", 0),
        ("largest", 11),
        ("largest", -1),
        ("seed", 1000),
        ("seed", -1),
    ],
)
def test_numbers_out_of_range_are_refused(option: str, number: int) -> None:
    with pytest.raises(CommandError, match=f"--{option} must be from"):
        load(**{"sessions": 10, "users": 2, option: number})
    assert not User.objects.exists()


def test_a_seed_determines_what_is_generated() -> None:
    assert make() == make()
    people = [user._replace(password="") for user in sample_users(50, seed=3)]
    assert people == [user._replace(password="") for user in sample_users(50, seed=3)]
    others = make(seed=1)
    assert not {one.user_id for one in make()} & {one.user_id for one in others}
    assert [one.jti for one in make()] != [one.jti for one in others]
    names = [user.username for seed in (0, 1) for user in sample_users(50, seed=seed)]
    assert len(set(names)) == 100


def test_all_sessions_belong_to_generated_users() -> None:
    users = {user.id for user in sample_users(300, seed=7)}
    assert len(users) == 300
    assert {one.user_id for one in make(seed=7)} <= users
    assert {one.user_id for one in make(users=1, seed=7)} == {min(users)}


def test_generated_sessions_are_realistic() -> None:
    made = make()
    expired = [one for one in made if one.expires_at <= NOW]
    scoped = [one for one in made if one.permission_flags is not None]
    unused = [one for one in made if one.used_at is None]
    assert 0.03 < len(expired) / len(made) < 0.07
    assert 0.02 < len(scoped) / len(made) < 0.05
    assert 0.15 < len(unused) / len(made) < 0.25
    assert {type(one.address) for one in made} == {IPv4Address, IPv6Address}
    assert len({one.address for one in made}) > 500
    assert len({one.browser for one in made}) > 5
    assert len({one.os for one in made}) > 3
    assert {one.dialect for one in made} == {"v3", "v4", "v5", "wolfpal"}
    assert NOW - made[0].created_at > timedelta(days=700)
    assert all(
        one.created_at <= one.used_at <= min(NOW, one.expires_at) for one in made if one.used_at
    )


def test_a_large_number_of_sessions_has_unique_ids() -> None:
    """More than there are seconds in two years, so they begin over a longer period."""
    million = 1_000_000
    first = next(sample_sessions(100 * million, users=9, largest=0, seed=0, now=NOW))
    assert NOW - first.created_at == timedelta(seconds=100 * million)
