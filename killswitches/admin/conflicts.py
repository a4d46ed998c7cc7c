"""Messages about flips that somebody else has forestalled."""

from django.utils.translation import gettext

from ..states import SwitchState


def conflict_message(state: SwitchState) -> str:
    """Return the message for a flip that was refused because the state had changed."""
    if state.enabled:
        text = gettext(
            "%(name)s turned on %(switch)s while this page was open (reason: %(reason)s). "
            "Your change was not made. The page now shows the current state."
        )
    else:
        text = gettext(
            "%(name)s turned off %(switch)s while this page was open (reason: %(reason)s). "
            "Your change was not made. The page now shows the current state."
        )
    return text % {
        "name": state.changed_by_name or gettext("Somebody"),
        "switch": state.switch.name,
        "reason": state.reason or gettext("none given"),
    }
