"""Scopes of other apps. Those of a plug-in are tested in the host project."""

import pytest

from sessions_api import scopes
from sessions_api.scopes import ALL_SCOPES, STAFF_SCOPES, Scope


@pytest.mark.parametrize(
    ("bit", "name"), [(20, "OWN"), (31, "OWN"), (-1, "OWN"), (0, "OWN"), (21, "FILE_READ")]
)
def test_what_is_not_free(bit: int, name: str) -> None:
    with pytest.raises(ValueError, match=r"bit"):
        scopes.register(bit, name, "Something.")
    assert scopes.further_scopes() == {}


def test_without_others_there_are_ours() -> None:
    assert scopes.all_scopes() == list(Scope)
    assert (scopes.known_mask(), scopes.staff_mask()) == (ALL_SCOPES, STAFF_SCOPES)


def test_names_of_a_mask() -> None:
    flags = Scope.FILE_READ | Scope.ALL | 1 << 25
    assert list(scopes.names_of(flags)) == ["ALL", "FILE_READ", str(1 << 25)]
    assert list(scopes.names_of(0)) == []


def test_scopes_in_words() -> None:
    mask = Scope.SESSION_READ | Scope.FILE_READ | 1 << 30
    assert scopes.descriptions_of(mask) == ["View the sessions.", "View the files."]
    assert scopes.description_of(Scope(1 << 30)) == ""
