"""Why a request cannot be decided."""

from django.utils.translation import gettext_noop


class CannotDecide(Exception):
    """The request cannot be decided, or not by this account.

    :ivar text: a sentence that is marked for translation.
    """

    text = ""

    def __init__(self) -> None:
        super().__init__(self.text)


class NoSuchRequest(CannotDecide):
    """There is no such request, or its switch is no longer registered."""

    text = gettext_noop("There is no such request.")


class OwnRequest(CannotDecide):
    """The account that requested the switch cannot confirm its request, from any session."""

    text = gettext_noop("You requested this yourself. Somebody else must confirm it.")


class NotPermitted(CannotDecide):
    """The account that decides may not flip switches."""

    text = gettext_noop("This account may not turn kill switches on.")


class RequesterNotPermitted(CannotDecide):
    """The account that requested the switch may no longer flip switches."""

    text = gettext_noop(
        "The account that requested this may no longer turn kill switches on, so it cannot be "
        "confirmed. Request it yourself."
    )


class AlreadyDecided(CannotDecide):
    """The request does not wait any longer."""

    text = gettext_noop("This request no longer waits: it was decided, or it has expired.")
