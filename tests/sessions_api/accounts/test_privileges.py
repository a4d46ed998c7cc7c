"""The rules of privileges, and services that enforce them for every caller."""

from types import SimpleNamespace
from typing import Any

import pytest

from sessions_api.accounts import privileges
from sessions_api.exceptions import InsufficientPermissions
from sessions_api.http.policy import Audience, Policy
from sessions_api.models import UserSession
from sessions_api.services.audit import Actor
from sessions_api.services.bans import set_banned
from sessions_api.services.sessions import end_sessions
from tests.browser import alive

pytestmark = pytest.mark.django_db


def somebody(**fields: Any) -> Any:
    """Return an account of a user model without Django's permissions."""
    return SimpleNamespace(**{"is_active": True} | fields)


class TestMay:
    def test_without_djangos_permissions_staff_may_do_everything(self) -> None:
        assert privileges.may(somebody(is_staff=True), privileges.END_SESSIONS)
        assert not privileges.may(somebody(is_staff=False), privileges.END_SESSIONS)
        assert not privileges.may(somebody(), None)
        assert not privileges.may(somebody(is_staff=True, is_active=False), None)

    def test_superusers_take_no_query(self, root: Any, django_assert_num_queries: Any) -> None:
        with django_assert_num_queries(0):
            assert privileges.may(root, privileges.END_SESSIONS)

    def test_others_take_two_queries_for_all_permissions(
        self, staff: Any, django_assert_num_queries: Any
    ) -> None:
        user = type(staff).objects.get(pk=staff.pk)
        with django_assert_num_queries(2):
            assert privileges.may(user, privileges.END_SESSIONS)
            assert privileges.may(user, privileges.FLIP_KILL_SWITCHES)
            assert not privileges.may(user, privileges.permission_on_accounts("delete"))

    def test_permissions_on_accounts_are_those_of_the_user_model(self) -> None:
        assert privileges.permission_on_accounts("view") == "cumulonimbus.view_user"

    def test_only_policies_of_staff_actions_require_a_permission(self) -> None:
        with pytest.raises(ValueError, match="staff"):
            Policy(audience=Audience.USERS, permission=privileges.END_SESSIONS)


class TestWhoIsAboveWhom:
    def test_only_superusers_may_act_on_superusers(self, root: Any, staff: Any, ann: Any) -> None:
        assert privileges.may_act_on(root, root)
        assert not privileges.may_act_on(staff, root)
        for account in (staff, ann):
            assert privileges.may_act_on(staff, account)
        # A command.
        assert privileges.may_act_on(None, root)

    def test_only_superusers_may_manage_staff(self, root: Any, staff: Any, ann: Any) -> None:
        for account in (root, staff, ann):
            assert privileges.may_manage(root, account)
            assert privileges.may_manage(staff, account) is (account is ann)

    def test_a_superuser_who_is_not_staff_is_managed_by_superusers(
        self, staff: Any, make_user: Any
    ) -> None:
        assert not privileges.may_manage(staff, make_user("retired", is_superuser=True))


class TestServices:
    """The services check the rules themselves, because a host's own code calls them too."""

    def test_a_ban(self, staff: Any, root: Any) -> None:
        for banned in (True, False):
            with pytest.raises(InsufficientPermissions):
                set_banned(root, banned, actor=Actor(user=staff))
        root.refresh_from_db()
        assert root.is_active
        assert set_banned(root, True, actor=Actor(name="a command"))

    def test_ending_sessions_of_superusers(
        self, staff: Any, root: Any, ann: Any, log_in: Any
    ) -> None:
        logins = [log_in(user) for user in (root, ann, staff)]
        ended = end_sessions(UserSession.objects.all(), actor=Actor(user=staff))
        assert set(ended.sids_by_owner) == {ann.pk, staff.pk}
        assert alive(*logins) == [True, False, False]
        with pytest.raises(InsufficientPermissions):
            end_sessions(UserSession.objects.all(), actor=Actor(user=staff), owner=root)
        assert alive(logins[0]) == [True]
        assert len(end_sessions(UserSession.objects.all(), actor=Actor(user=root))) == 1
