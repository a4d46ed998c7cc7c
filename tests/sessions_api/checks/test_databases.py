"""Database routers that keep sessions apart from what each request reads with them, and a database
with several servers."""

import pytest
from django.contrib.auth import get_user_model
from django.db.models import Model
from django.test import override_settings

from killswitches.models import KillSwitch
from sessions_api.checks.databases import check_routers, may_use_standby
from sessions_api.models import AuditEvent, UserSession
from sessions_api.second_factors.models import SecondFactor


class Elsewhere:
    """A router that keeps one model in another database."""

    def __init__(self, model: type[Model]) -> None:
        self.model = model

    def db_for_write(self, model: type[Model], **hints: object) -> str | None:
        return "elsewhere" if model is self.model else None


class Replica:
    """A router that reads one model from a copy."""

    def __init__(self, model: type[Model]) -> None:
        self.model = model

    def db_for_read(self, model: type[Model], **hints: object) -> str | None:
        return "replica" if model is self.model else None

    def db_for_write(self, model: type[Model], **hints: object) -> str:
        return "default"


@pytest.mark.parametrize("model", [KillSwitch, SecondFactor, UserSession, get_user_model()])
def test_a_model_elsewhere(model: type[Model]) -> None:
    with override_settings(DATABASE_ROUTERS=[Elsewhere(model)]):
        [message] = check_routers()
    assert message.id == "sessions_api.E015"
    assert f"keeps {model._meta.label} in 'elsewhere'," in message.msg


def test_the_audit_log_may_be_read_from_a_replica() -> None:
    with override_settings(DATABASE_ROUTERS=[Replica(AuditEvent)]):
        assert check_routers() == []


@pytest.mark.parametrize("model", [KillSwitch, SecondFactor, UserSession, get_user_model()])
def test_nothing_else_may_be_read_from_a_replica(model: type[Model]) -> None:
    with override_settings(DATABASE_ROUTERS=[Replica(model)]):
        [message] = check_routers()
    assert message.id == "sessions_api.E015"
    assert f"keeps {model._meta.label} in 'replica'," in message.msg


def test_other_models_may_be_anywhere() -> None:
    from django.contrib.sessions.models import Session

    with override_settings(DATABASE_ROUTERS=[Elsewhere(Session)]):
        assert check_routers() == []


@pytest.mark.parametrize(
    ("hosts", "attributes", "may"),
    [
        ("one,two", "any", True),
        ("one,two", "prefer-standby", True),
        ("one,two", "read-write", False),
        ("one,two", "primary", False),
        ("one", "any", False),
        ("", "any", False),
    ],
)
def test_servers_of_which_one_may_be_a_standby(hosts: str, attributes: str, may: bool) -> None:
    assert may_use_standby(hosts, attributes) == may
