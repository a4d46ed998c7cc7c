"""What is kept of ended sessions: all that staff and owners ask about, and no token."""

from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from sessions_api.checks.settings import check_settings
from sessions_api.exceptions import InsufficientPermissions
from sessions_api.models import (
    AuditEvent,
    EndCause,
    Expiry,
    PastSession,
    SessionKind,
    UserSession,
)
from sessions_api.scopes import Scope
from sessions_api.services.audit import Actor
from sessions_api.services.bulk_sign_outs import end_if_few
from sessions_api.services.passwords import change_password
from sessions_api.services.pruning import past_sessions_of_nobody
from sessions_api.services.securing import password_mark, secure_account
from sessions_api.services.session_caps import REASON
from sessions_api.services.sessions import end_all_sessions, end_sessions
from sessions_api.testing import frozen_clock
from tests.api import OWN_SESSIONS, Api, Login
from tests.cast import PASSWORD
from tests.statements import statements

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def given(**options: Any) -> override_settings:
    return override_settings(SESSIONS_API=settings.SESSIONS_API | options)


def prune() -> list[str]:
    output = StringIO()
    call_command("prune_sessions", stdout=output)
    return output.getvalue().splitlines()


def log_out(other: Login, boss: Login) -> None:
    assert other.api("DELETE", f"{OWN_SESSIONS}/me").status_code == 200


def by_staff(other: Login, boss: Login) -> None:
    path = f"/users/{other.user.pk}/sessions/{other.session.sid}"
    assert boss.api("DELETE", path).status_code == 200


def everything(other: Login, boss: Login) -> None:
    end_all_sessions(other.user, actor=Actor(user=boss.user), reason="lost laptop")


def by_a_command(other: Login, boss: Login) -> None:
    actor = Actor(name="the command sessions")
    end_if_few(UserSession.objects.owned_by(other.user), actor=actor, reason="a leak")


def in_the_dark(other: Login, boss: Login) -> None:
    end_sessions(UserSession.objects.owned_by(other.user), actor=Actor(name="a host"))


def by_a_password(other: Login, boss: Login) -> None:
    change_password(other.user, "another gorge 9", actor=Actor(user=other.user), reason="stale")


def secured(other: Login, boss: Login) -> None:
    secure_account(
        other.user, actor=Actor(user=boss.user), reason="theft", mark=password_mark(other.user)
    )


def beyond_the_maximum(other: Login, boss: Login) -> None:
    with given(SESSIONS_PER_USER=1, END_EXCESS_SESSIONS=True):
        login = Api()("POST", "/login", {"username": "ann", "password": PASSWORD})
    assert login.status_code == 201, login.content


DOORS: dict[Callable[[Login, Login], None], tuple[EndCause, str, str | None]] = {
    log_out: (EndCause.OWNER, "", "ann"),
    by_staff: (EndCause.STAFF, "", "sam"),
    everything: (EndCause.STAFF, "lost laptop", "sam"),
    by_a_command: (EndCause.BULK_SIGN_OUT, "a leak", "the command sessions"),
    in_the_dark: (EndCause.OTHER, "", "a host"),
    by_a_password: (EndCause.NEW_PASSWORD, "stale", "ann"),
    secured: (EndCause.ACCOUNT_SECURED, "theft", "sam"),
    beyond_the_maximum: (EndCause.TOO_MANY_SESSIONS, REASON, "ann"),
}


@pytest.mark.parametrize("door", DOORS)
def test_whatever_ends_a_session_keeps_what_it_was(
    other: Login, boss: Login, door: Callable[[Login, Login], None]
) -> None:
    # So that the request that ends it does not change it.
    UserSession.objects.update(used_at=timezone.now())
    before = UserSession.objects.get(pk=other.session.pk)
    door(other, boss)
    past = PastSession.objects.get()
    shared = {field.name for field in PastSession._meta.fields} & {
        field.name for field in UserSession._meta.fields
    }
    shared.remove("id")
    assert {"user", "sid", "name", "address", "os", "created_at", "used_at"} <= shared
    assert past.session_pk == before.pk
    assert [getattr(past, name) for name in shared] == [getattr(before, name) for name in shared]
    cause, reason, actor = DOORS[door]
    assert (past.cause, past.reason, past.actor_name) == (cause, reason, actor)
    assert (past.actor_id is None) is (actor not in {"ann", "sam"})
    event = AuditEvent.objects.get(kind=AuditEvent.Kind.SESSIONS_ENDED)
    assert abs(past.ended_at - event.at) < timedelta(seconds=5)
    assert past.actor_id == event.actor_id


def test_nothing_kept_identifies_a_token() -> None:
    kept = {field.name for field in PastSession._meta.fields}
    assert kept.isdisjoint({"jti", "password_mark", "earlier_mark"})


def test_kinds_are_kept(me: Login, log_in: Any) -> None:
    log_in(me.user, permission_flags=Scope.SESSION_READ)
    console = log_in(me.user).session
    UserSession.objects.filter(pk=console.pk).update(jti=None)
    end_all_sessions(me.user, actor=Actor(user=me.user))
    assert {past.kind for past in PastSession.objects.all()} == set(SessionKind)


def test_own_and_foreign_sessions_are_told_apart(me: Login, root: Any, log_in: Any) -> None:
    log_in(root)
    end_sessions(UserSession.objects.all(), actor=Actor(user=root))
    causes = dict(PastSession.objects.values_list("user", "cause"))
    assert causes == {me.user.pk: EndCause.STAFF, root.pk: EndCause.OWNER}


def test_what_is_refused_leaves_no_trace(me: Login, staff: Any, root: Any, log_in: Any) -> None:
    log_in(root)
    with pytest.raises(InsufficientPermissions):
        end_all_sessions(root, actor=Actor(user=staff))
    assert not PastSession.objects.exists()


def test_those_that_expired_are_kept_when_they_are_pruned(me: Login, other: Login) -> None:
    expired_at = timezone.now() - DAY
    UserSession.objects.filter(pk=other.session.pk).update(expires_at=expired_at)
    assert prune()[0] == "Expired sessions removed: 1"
    past = PastSession.objects.get()
    assert (past.session_pk, past.ended_at, past.cause) == (
        other.session.pk,
        expired_at,
        Expiry.LIFETIME,
    )
    assert (past.actor_id, past.actor_name, past.reason) == (None, "", "")


@pytest.mark.parametrize("limit", ["IDLE_TIMEOUT", "ABSOLUTE_LIFETIME"])
@pytest.mark.parametrize("door", ["pruning", "end all"])
def test_those_past_a_limit_ended_when_they_reached_it(me: Login, door: str, limit: str) -> None:
    began = timezone.now() - 3 * DAY
    UserSession.objects.update(created_at=began)
    with given(**{limit: 2 * DAY}):
        ended_at = UserSession.objects.get().ends_at
        if door == "pruning":
            prune()
        else:
            assert not end_all_sessions(me.user, actor=Actor(user=me.user))
    past = PastSession.objects.get()
    assert (past.cause, past.ended_at) == (Expiry.LIMIT, ended_at)


def test_the_limits_of_scoped_sessions_are_their_own(me: Login, log_in: Any) -> None:
    log_in(me.user, permission_flags=Scope.SESSION_READ)
    UserSession.objects.update(created_at=timezone.now() - 3 * DAY)
    with given(IDLE_TIMEOUT=2 * DAY, SCOPED_ABSOLUTE_LIFETIME=DAY):
        ends = {session.pk: session.ends_at for session in UserSession.objects.all()}
        prune()
    assert dict(PastSession.objects.values_list("session_pk", "ended_at")) == ends


def test_those_that_a_new_password_ended_count_from_the_pruning(me: Login) -> None:
    me.user.set_password("written past every signal")
    type(me.user).objects.filter(pk=me.user.pk).update(password=me.user.password)
    with frozen_clock() as clock:
        prune()
        past = PastSession.objects.get()
        assert (past.cause, past.ended_at) == (EndCause.NEW_PASSWORD, clock.now)


def test_those_that_expired_long_ago_are_not_kept(me: Login) -> None:
    UserSession.objects.update(expires_at=timezone.now() - 91 * DAY)
    prune()
    assert not UserSession.objects.exists()
    assert not PastSession.objects.exists()


def test_they_are_deleted_after_the_retention(me: Login) -> None:
    end_all_sessions(me.user, actor=Actor(user=me.user))
    now = timezone.now()
    with frozen_clock(now + 90 * DAY - DAY):
        assert "Old ended sessions removed: 0" in prune()
    with frozen_clock(now + 90 * DAY + DAY):
        assert "Old ended sessions removed: 1" in prune()
    assert not PastSession.objects.exists()


def test_without_a_retention_nothing_is_kept(me: Login, other: Login, bobs: Login) -> None:
    end_sessions(UserSession.objects.filter(pk=bobs.session.pk), actor=Actor(name="x"))
    UserSession.objects.filter(pk=other.session.pk).update(expires_at=timezone.now() - DAY)
    with given(ENDED_SESSION_RETENTION=timedelta(0)):
        with CaptureQueriesContext(connection) as captured:
            end_sessions(UserSession.objects.filter(pk=me.session.pk), actor=Actor(name="x"))
        assert "pastsession" not in "".join(query["sql"] for query in captured)
        assert "Old ended sessions removed: 1" in prune()
    assert not UserSession.objects.exists()
    assert not PastSession.objects.exists()


def test_keys_that_are_used_again_prevent_no_ending(me: Login, bobs: Login) -> None:
    end_all_sessions(bobs.user, actor=Actor(name="x"))
    PastSession.objects.update(session_pk=me.session.pk)
    assert len(end_all_sessions(me.user, actor=Actor(user=me.user))) == 1
    assert PastSession.objects.filter(session_pk=me.session.pk).count() == 2


def test_those_that_pruning_found_late_go_with_the_others_of_that_time(
    me: Login, bobs: Login, log_in: Any
) -> None:
    now = timezone.now()
    end_all_sessions(me.user, actor=Actor(name="x"))
    UserSession.objects.update(expires_at=now)
    with frozen_clock(now + 5 * DAY):
        prune()
        log_in(me.user)
        end_all_sessions(me.user, actor=Actor(name="x"))
    with frozen_clock(now + 91 * DAY):
        assert "Old ended sessions removed: 2" in prune()
    assert PastSession.objects.get().user == me.user


def test_they_go_with_the_account(me: Login, other: Login, bobs: Login) -> None:
    for login in (other, bobs):
        login.api("DELETE", f"{OWN_SESSIONS}/me")
    with CaptureQueriesContext(connection) as captured:
        me.user.delete()
    assert [past.user for past in PastSession.objects.all()] == [bobs.user]
    deletions = [sql.split('"')[1] for sql in statements(captured) if sql.startswith("DELETE")]
    # In this order: a session that ends meanwhile would otherwise be kept.
    assert deletions.index("sessions_api_usersession") < deletions.index("sessions_api_pastsession")


def delete_without_cascade(*accounts: Any) -> None:
    """Delete accounts as 0.1.0a1 does, which does not know the table of ended sessions."""
    left = list(PastSession.objects.filter(user__in=accounts).order_by("pk"))
    for account in accounts:
        account.delete()
    PastSession.objects.bulk_create(left)


def test_those_of_accounts_that_others_deleted_are_pruned(
    me: Login, other: Login, bobs: Login
) -> None:
    for login in (me, other, bobs):
        end_all_sessions(login.user, actor=Actor())
    delete_without_cascade(me.user)
    assert PastSession.objects.count() == 3
    assert "Ended sessions of deleted accounts removed: 2" in prune()
    assert PastSession.objects.get().user_id == bobs.user.pk
    assert "Ended sessions of deleted accounts removed: 0" in prune()


def test_they_are_looked_for_in_bounded_batches(ann: Any, bob: Any) -> None:
    ids = range(1, 11)
    now = timezone.now()
    PastSession.objects.bulk_create(
        PastSession(
            user=bob if number in (2, 3, 9) else ann,
            session_pk=number,
            sid=number,
            created_at=now,
            expires_at=now,
            ended_at=now,
        )
        for number in ids
    )
    delete_without_cascade(bob)
    with CaptureQueriesContext(connection) as captured:
        assert list(past_sessions_of_nobody().prune(4)) == [2, 1]
    counted = [query["sql"].split()[0] for query in captured if "pastsession" in query["sql"]]
    # Keys and the obsolete among them, four rows at a time, and what of it is deleted.
    assert counted == [
        *["SELECT", "SELECT", "DELETE"],
        *["SELECT", "SELECT"],
        *["SELECT", "SELECT", "DELETE"],
        "SELECT",
    ]
    bounded = [query["sql"] for query in captured if "EXISTS" in query["sql"]]
    assert all("LIMIT 4" in text and "BETWEEN" not in text and "<=" in text for text in bounded)
    assert len(bounded) == 3
    assert list(past_sessions_of_nobody().prune(4)) == []


@pytest.mark.parametrize(
    ("kept", "problems"),
    [
        (timedelta(0), []),
        (DAY, []),
        (36_525 * DAY, []),
        (timedelta(hours=1), ["sessions_api.E016"]),
        (-DAY, ["sessions_api.E016"]),
        (timedelta.max, ["sessions_api.E016"]),
        (None, ["sessions_api.E002"]),
    ],
)
def test_a_retention_out_of_range_is_reported(kept: Any, problems: list[str]) -> None:
    with given(ENDED_SESSION_RETENTION=kept):
        assert [error.id for error in check_settings()] == problems
