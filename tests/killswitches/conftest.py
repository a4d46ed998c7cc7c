"""Fixtures for tests of kill switches."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from killswitches import aftermath, drills, impact, previews
from killswitches.registry import GLOBAL, Switch
from killswitches.signals import switch_flipped
from tests.killswitches.flips import MakeStaff, Received


@pytest.fixture
def make_staff(django_user_model: Any) -> MakeStaff:
    """``make_staff("ann", "view_killswitch")``: a staff user with these permissions of the app."""

    def make(username: str, *codenames: str) -> Any:
        user = django_user_model.objects.create_user(username=username)
        user.is_staff = True
        user.save()
        permissions = Permission.objects.filter(
            content_type__app_label="killswitches", codename__in=codenames
        )
        user.user_permissions.set(permissions)
        return user

    return make


@pytest.fixture
def received() -> Iterator[Received]:
    """Collect the signals ``switch_flipped``."""
    calls: Received = []

    def receiver(**kwargs: Any) -> None:
        calls.append({name: kwargs[name] for name in kwargs if name not in ("signal", "sender")})

    switch_flipped.connect(receiver)
    yield calls
    switch_flipped.disconnect(receiver)


@pytest.fixture
def failing_receiver() -> Iterator[None]:
    """Connect a receiver that raises RuntimeError when GLOBAL, the last of the switches, flips."""

    def receiver(switch: Switch, **kwargs: Any) -> None:
        if switch is GLOBAL:
            raise RuntimeError("the audit log is full")

    switch_flipped.connect(receiver)
    yield
    switch_flipped.disconnect(receiver)


@pytest.fixture
def provide(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """``provide(provider)`` registers the impact provider; ``provide()`` unregisters it."""

    def put(*providers: impact.Provider) -> None:
        monkeypatch.setattr(impact, "_providers", list(providers))

    return put


@pytest.fixture
def preview_by() -> Iterator[Callable[..., None]]:
    """``preview_by(provider)`` registers the provider of previews; ``preview_by()`` none."""
    before = previews.providers.copy()

    def put(*providers: previews.Provider) -> None:
        previews.providers[:] = providers

    yield put
    put(*before)


@pytest.fixture
def measure_by() -> Iterator[Callable[..., None]]:
    """``measure_by(provider)`` registers the provider of numbers; ``measure_by()`` none."""
    before = aftermath.providers.copy()

    def put(*providers: aftermath.Provider) -> None:
        aftermath.providers[:] = providers

    yield put
    put(*before)


@pytest.fixture
def drill_by() -> Iterator[Callable[..., None]]:
    """``drill_by(driller)`` registers the driller; ``drill_by()`` none."""
    before = drills.drillers.copy()

    def put(*drillers: drills.Driller) -> None:
        drills.drillers[:] = drillers

    yield put
    put(*before)


@pytest.fixture
def viewer(client: Client, make_staff: MakeStaff) -> Client:
    """The browser of a user who may view but not change switches."""
    client.force_login(make_staff("vera", "view_killswitch", "view_switchflip"))
    return client


@pytest.fixture
def changer(client: Client, make_staff: MakeStaff) -> Client:
    """The browser of ann, who may change switches."""
    client.force_login(make_staff("ann", "view_killswitch", "change_killswitch"))
    return client
