"""Finding accounts by how their names and addresses begin."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import override_settings

from sessions_api.accounts.prefixes import find_by_prefix, prefix_fields

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(make_user: Callable[..., Any]) -> None:
    for name in ("Anna", "annabel", "ANN", "bob", "an-n", "an.n", "an_n"):
        make_user(name, email=f"{name}@example.com")
    make_user("zed", email="Annie@example.com")
    make_user("nobody")


def names(text: str, most: int = 20) -> list[str]:
    return [account.get_username() for account in find_by_prefix(text, most)]


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize("text", ["ann", "ANN", "Ann"])
def test_names_and_addresses_are_found_in_any_case(text: str) -> None:
    assert names(text) == ["ANN", "Anna", "annabel", "zed"]


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("an", 7),
        ("an-", 1),
        ("an_", 1),
        ("an%", 0),
        ("nn", 0),
        ("annabel", 1),
        ("annabel@", 1),
        ("annabel@example.com", 1),
        ("annabelle", 0),
        ("\U0010ffff", 0),
        ("x" * 64, 0),
        ("x" * 10_000, 0),
    ],
)
def test_only_what_begins_with_the_text_is_found(text: str, found: int) -> None:
    assert len(names(text)) == found


@pytest.mark.usefixtures("people")
def test_the_first_ones_are_found_of_many() -> None:
    assert names("an", 2) == ["an-n", "an.n"]


def test_which_fields_have_an_index() -> None:
    assert prefix_fields() == ["username", "email"]
    # Django's own model has one for the username.
    with override_settings(AUTH_USER_MODEL="auth.User"):
        assert prefix_fields() == ["username"]
