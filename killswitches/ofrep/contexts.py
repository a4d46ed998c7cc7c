"""The caller that an evaluation context describes.

These keys are read; others are ignored. A value of another type counts as missing.

=================== ==================================================================
``targetingKey``    the user's primary key, as a text or a number
``dialect``         the name of a dialect
``client``          the name of the calling program
``version``         the version of the calling program
``ip``, ``address`` the IP address, as a text; ``ip`` takes precedence
=================== ==================================================================
"""

from collections.abc import Mapping

from killswitches.conditions.callers import KnownCaller


def caller_in(context: Mapping[str, object]) -> KnownCaller:
    """Return the caller that a context describes."""
    user = context.get("targetingKey")
    if isinstance(user, int) and not isinstance(user, bool):
        user = str(user)
    return KnownCaller(
        dialect=_text(context.get("dialect")),
        client=(_text(context.get("client")), _text(context.get("version"))),
        address=_text(context.get("ip")) or _text(context.get("address")) or None,
        user=_text(user),
    )


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""
