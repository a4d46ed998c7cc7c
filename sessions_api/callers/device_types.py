"""Whether a client is a bot, a tablet, a phone or a computer."""

import user_agents
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class DeviceType(TextChoices):
    BOT = "bot", _("bot")
    TABLET = "tablet", _("tablet")
    PHONE = "phone", _("phone")
    COMPUTER = "computer", _("computer")


def device_type(user_agent: str) -> DeviceType | None:
    """Return the type of device that a user agent indicates; None if it indicates none."""
    agent = user_agents.parse(user_agent)
    types = {
        DeviceType.BOT: agent.is_bot,
        DeviceType.TABLET: agent.is_tablet,
        DeviceType.PHONE: agent.is_mobile,
        DeviceType.COMPUTER: agent.is_pc,
    }
    return next((one for one, is_it in types.items() if is_it), None)
