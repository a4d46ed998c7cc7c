"""The pages of the switches in the admin, and what they say."""

from typing import Any

from killswitches.registry import Switch

LIST = "/admin/killswitches/killswitch/"
TURN_OFF = f"{LIST}turn-off/"
FLIPS = "/admin/killswitches/switchflip/"
HOSTILE = "<script>alert(1)</script>{{ 1|add:1 }}"


def page_of(switch: Switch) -> str:
    """Where the admin shows a switch."""
    return f"{LIST}{switch.number}/change/"


def said(response: Any) -> list[str]:
    """The messages that the admin shows."""
    return [str(message) for message in response.context["messages"]]
