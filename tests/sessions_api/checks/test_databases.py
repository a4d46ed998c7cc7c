"""Database routers that keep sessions apart from what each request reads with them."""

import pytest
from django.contrib.auth import get_user_model
from django.db.models import Model
from django.test import override_settings

from killswitches.models import KillSwitch
from sessions_api.checks.databases import check_routers
from sessions_api.models import UserSession
from sessions_api.second_factors.models import SecondFactor


class Elsewhere:
    """A router that keeps one model in another database."""

    def __init__(self, model: type[Model]) -> None:
        self.model = model

    def db_for_write(self, model: type[Model], **hints: object) -> str | None:
        return "elsewhere" if model is self.model else None


class Replica:
    """A router that reads from a copy."""

    def db_for_read(self, model: type[Model], **hints: object) -> str:
        return "replica"

    def db_for_write(self, model: type[Model], **hints: object) -> str:
        return "default"


@pytest.mark.parametrize("model", [KillSwitch, SecondFactor, UserSession, get_user_model()])
def test_a_model_elsewhere(model: type[Model]) -> None:
    with override_settings(DATABASE_ROUTERS=[Elsewhere(model)]):
        [message] = check_routers()
    assert message.id == "sessions_api.E015"
    assert f"keeps {model._meta.label} in 'elsewhere'," in message.msg


def test_a_replica_may_be_read() -> None:
    with override_settings(DATABASE_ROUTERS=[Replica()]):
        assert check_routers() == []


def test_other_models_may_be_anywhere() -> None:
    from django.contrib.sessions.models import Session

    with override_settings(DATABASE_ROUTERS=[Elsewhere(Session)]):
        assert check_routers() == []
