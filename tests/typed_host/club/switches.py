"""The host's own switches, a provider of their impact, and a test."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from club.models import Member
from django.dispatch import receiver
from django.utils import timezone

from killswitches import impact
from killswitches.gate import enabled_mask, first_enabled
from killswitches.impact import Impact
from killswitches.registry import GLOBAL, Switch, registry
from killswitches.services import SwitchState, set_switch, states, turn_all_off
from killswitches.signals import switch_flipped
from killswitches.testing import switched_on

EXPORTS = registry.register(Switch(20, "EXPORTS", "Stops exports.", guarded=True))


class Endpoints:
    """Reports which endpoints of the host a switch closes."""

    def endpoints(self, switch: Switch) -> Sequence[str]:
        return ["GET /export"] if switch == EXPORTS else []

    def impact(self, switch: Switch) -> Impact:
        return Impact(requests=0, users=0, anonymous=0)


impact.register(Endpoints())


def stop_exports(member: Member) -> bool:
    until = timezone.now() + timedelta(hours=1)
    return set_switch(EXPORTS, True, until=until, actor=member, reason="Too many at once")


def reopen() -> list[Switch]:
    return turn_all_off(actor_name="the host")


def on() -> list[SwitchState]:
    return [state for state in states() if state.enabled]


def closes() -> Switch | None:
    return first_enabled(enabled_mask(), [GLOBAL, EXPORTS])


@receiver(switch_flipped)
def tell(*, switch: Switch, enabled: bool, at: datetime, **_: object) -> None:
    print(f"{switch.name} is {'on' if enabled else 'off'} since {at:%H:%M}")


@switched_on(EXPORTS)
def test_exports_are_closed() -> None:
    with switched_on(GLOBAL):
        assert closes() == GLOBAL
    assert closes() == EXPORTS
