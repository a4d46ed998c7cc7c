"""A process that flips the kill switch ``GLOBAL`` on request."""

import sys

import django


def main() -> None:
    """Flip the switch for each line ``on`` or ``off`` of standard input.

    An empty line on standard output confirms that the flip has been committed.
    """
    django.setup()
    from killswitches.registry import GLOBAL
    from killswitches.services import set_switch

    for line in sys.stdin:
        set_switch(GLOBAL, line.strip() == "on", actor_name="the benchmark", reason="A drill.")
        sys.stdout.write("\n")
        sys.stdout.flush()


main()
