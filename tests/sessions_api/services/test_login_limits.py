"""Whose login limits staff may reset, and which networks are offered."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from sessions_api.callers.clients import Client
from sessions_api.exceptions import InsufficientPermissions
from sessions_api.models import AuditEvent
from sessions_api.services.audit import Actor, event, record_all
from sessions_api.services.login_limits import (
    MOST_NETWORKS,
    PERIOD,
    networks_of_attempts,
    reset_login_limits,
)

pytestmark = pytest.mark.django_db

Kind = AuditEvent.Kind


def attempt(user: Any, address: str | None, kind: Kind = Kind.LOGIN_FAILED) -> AuditEvent:
    return event(kind, Actor(client=Client(address, "")), subject=user)


def test_networks_are_counted_and_the_most_frequent_come_first(ann: Any, bob: Any) -> None:
    old = attempt(ann, "192.0.2.99")
    old.at = timezone.now() - PERIOD - timedelta(seconds=1)
    record_all(
        [
            old,
            attempt(ann, "192.0.2.1", Kind.LOGIN),
            attempt(ann, "2001:db8::1"),
            attempt(ann, "2001:db8::2", Kind.CHALLENGE_FAILED),
            attempt(ann, "192.0.2.2", Kind.SESSIONS_ENDED),
            attempt(bob, "192.0.2.3"),
        ]
    )
    assert networks_of_attempts(ann) == {"2001:db8::/64": 2, "192.0.2.1": 1}


def test_attempts_count_as_long_as_the_longest_window(ann: Any, settings: Any) -> None:
    old = attempt(ann, "192.0.2.1")
    old.at = timezone.now() - 2 * PERIOD
    old.save()
    assert networks_of_attempts(ann) == {}
    settings.SESSIONS_API = settings.SESSIONS_API | {"RATES": {"LOGIN": (10, 86_400)}}
    assert networks_of_attempts(ann) == {"192.0.2.1": 1}


def test_only_some_networks_of_an_attack_are_named(ann: Any) -> None:
    record_all(attempt(ann, f"192.0.2.{number}") for number in range(MOST_NETWORKS + 5))
    assert len(networks_of_attempts(ann)) == MOST_NETWORKS
    assert networks_of_attempts(ann).keys() >= {"192.0.2.14"}


@pytest.mark.parametrize("flags", [{"is_staff": True}, {"is_superuser": True}])
def test_only_superusers_reset_those_of_staff(
    staff: Any, root: Any, make_user: Any, flags: dict[str, bool]
) -> None:
    colleague = make_user("kim", **flags)
    with pytest.raises(InsufficientPermissions):
        reset_login_limits(colleague, actor=Actor(user=staff), reason="x", networks=[])
    assert not AuditEvent.objects.exists()
    assert reset_login_limits(colleague, actor=Actor(user=root), reason="x", networks=[])
