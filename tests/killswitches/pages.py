"""The pages of switches in the admin, and their messages."""

from typing import Any

from killswitches.registry import Switch

LIST = "/admin/killswitches/killswitch/"
TURN_OFF = f"{LIST}turn-off/"
DRILL = f"{LIST}drill/"
FLIPS = "/admin/killswitches/switchflip/"
HOSTILE = "<script>alert(1)</script>{{ 1|add:1 }}"


def page_of(switch: Switch) -> str:
    """Return the URL of a switch in the admin."""
    return f"{LIST}{switch.number}/change/"


def said(response: Any) -> list[str]:
    """Return the messages that the admin shows."""
    return [str(message) for message in response.context["messages"]]
