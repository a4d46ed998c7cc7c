"""Finding accounts by name, in any case if an index supports that, in one query."""

from typing import Any

import pytest
from django.conf import settings
from django.core.checks import run_checks
from django.db import connection, models
from django.db.models.functions import Lower, Upper
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from cumulonimbus.models import User
from sessions_api.accounts.lookup import find_by_email, find_by_login, indexed_folding
from tests.api import Api

pytestmark = pytest.mark.django_db


@pytest.fixture
def unindexed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Simulate a host whose model has no index that ignores case."""
    monkeypatch.setattr(User._meta, "constraints", [])


def changed(**changes: Any) -> override_settings:
    return override_settings(
        SESSIONS_API=settings.SESSIONS_API | {"RATELIMIT_ENABLE": False} | changes
    )


def asked(path: str, body: dict[str, str]) -> list[str]:
    """Return the statements of a login that look for an account, without their parameters."""
    with CaptureQueriesContext(connection) as captured:
        Api(prefix="/api")("POST", path, body)
    found = [one["sql"] for one in captured if 'FROM "cumulonimbus_user"' in one["sql"]]
    for value in body.values():
        found = [one.replace(value, "?") for one in found]
    return [one for one in found if "WHERE" in one and "FOR NO KEY" not in one]


@pytest.mark.parametrize("name", ["ann", "ANN", "aNn"])
def test_case_is_ignored_with_an_index(ann: Any, name: str) -> None:
    assert find_by_login(name) == ann
    assert find_by_email(f"{name}@EXAMPLE.com") == ann


@pytest.mark.usefixtures("unindexed")
def test_only_the_exact_name_is_found_without_an_index(ann: Any) -> None:
    assert [find_by_login(name) for name in ("ann", "Ann")] == [ann, None]
    assert [find_by_email(f"{name}@example.com") for name in ("ann", "Ann")] == [ann, None]
    with CaptureQueriesContext(connection) as captured:
        find_by_login("Ann")
    [query] = captured
    assert "UPPER" not in query["sql"]


@pytest.mark.usefixtures("unindexed")
def test_case_is_ignored_if_a_setting_accepts_the_scan(ann: Any) -> None:
    with changed(CASE_INSENSITIVE_LOGIN_SCAN=True):
        assert find_by_login("Ann") == ann


def test_a_name_may_be_as_long_as_the_field(make_user: Any) -> None:
    user = make_user("a" * User._meta.get_field("username").max_length)
    assert find_by_login(user.username) == user


def test_names_that_differ_only_in_case(ann: Any, bob: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX user_username_unique")
    User.objects.filter(pk=bob.pk).update(username="Ann")
    assert [find_by_login(name) for name in ("ann", "Ann", "ANN")] == [ann, bob, None]


class TrigramIndex(models.Index):
    """An index that finds parts of values, and equal values slowly."""


class TestIndexes:
    @pytest.mark.parametrize(
        ("index", "folding"),
        [
            (models.UniqueConstraint(Upper("username"), name="a"), Upper),
            (models.UniqueConstraint(Lower("username"), name="a"), Lower),
            (models.Index(Lower("username"), name="a"), Lower),
            (models.Index(Upper("username").desc(), name="a"), Upper),
            (models.Index(Upper("username"), "email", name="a"), Upper),
            (models.Index(Upper("email"), name="a"), None),
            (models.Index("email", Upper("username"), name="a"), None),
            (models.Index(fields=["username"], name="a"), None),
            (TrigramIndex(Upper("username"), name="a"), None),
            (models.UniqueConstraint(fields=["username"], name="a"), None),
            (
                models.Index(fields=["username"], name="a", condition=models.Q(is_active=True)),
                None,
            ),
            (
                models.UniqueConstraint(
                    Upper("username"), name="a", condition=models.Q(is_active=True)
                ),
                None,
            ),
            (models.CheckConstraint(condition=models.Q(is_active=True), name="a"), None),
        ],
    )
    def test_which_indexes_ignore_case(
        self, monkeypatch: pytest.MonkeyPatch, index: Any, folding: Any
    ) -> None:
        name = "indexes" if isinstance(index, models.Index) else "constraints"
        monkeypatch.setattr(User._meta, "constraints", [])
        monkeypatch.setattr(User._meta, "indexes", [])
        monkeypatch.setattr(User._meta, name, [index])
        assert indexed_folding("username") is folding


class TestHiddenUsers:
    @pytest.mark.parametrize(
        ("path", "names"),
        [
            ("/v5/login", ("username", "password")),
            ("/v4/login", ("username", "password")),
            ("/v3/user/session", ("user", "pass")),
        ],
    )
    @pytest.mark.parametrize("known", ["ann", "ANN", "ann@example.com"])
    def test_known_and_unknown_users_take_the_same_queries(
        self, ann: Any, path: str, names: tuple[str, str], known: str
    ) -> None:
        with changed(HIDE_UNKNOWN_USERS=True):
            first, second = (
                asked(path, {names[0]: name, names[1]: "a guess at it"})
                for name in (known, "somebody else")
            )
        assert first == second
        assert len(first) == (2 if "v3" in path else 1)


class TestCheck:
    def found(self) -> list[str | None]:
        return [one.id for one in run_checks(tags=["sessions_api"])]

    def test_the_project_has_its_indexes(self) -> None:
        assert self.found() == []

    @pytest.mark.usefixtures("unindexed")
    def test_the_hint_names_the_missing_index(self) -> None:
        first, second = run_checks(tags=["sessions_api"])
        assert (first.id, second.id) == ("sessions_api.W011", "sessions_api.W011")
        assert 'UniqueConstraint(Upper("username"), name="' in str(first.hint)
        assert 'Index(Upper("email"), name="' in str(second.hint)
        with changed(CASE_INSENSITIVE_LOGIN_SCAN=True):
            assert self.found() == []
