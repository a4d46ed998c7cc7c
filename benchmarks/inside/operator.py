"""Somebody who flips the switch ``GLOBAL`` whenever a line of the standard input says so."""

import sys

import django


def main() -> None:
    """``on`` or ``off``, a line each; each is answered with an empty line once it is committed."""
    django.setup()
    from killswitches.registry import GLOBAL
    from killswitches.services import set_switch

    for line in sys.stdin:
        set_switch(GLOBAL, line.strip() == "on", actor_name="the benchmark", reason="A drill.")
        sys.stdout.write("\n")
        sys.stdout.flush()


main()
