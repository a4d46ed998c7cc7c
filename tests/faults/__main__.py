"""Run the faults and print a table: ``python -m tests.faults``; see ``--help``.

The exit status is 1 if a request was answered wrong, the service did not recover, anything that it
had acknowledged was undone, or anything grew that should not.
"""

import argparse
import os
import sys

import django

if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    django.setup()

    from tests.faults import run

    parser = argparse.ArgumentParser(prog="python -m tests.faults")
    parser.add_argument("--short", action="store_true", help="the form that CI runs")
    parser.add_argument("--only", default="", metavar="TEXT", help="faults with TEXT in their name")
    text = "a load without faults; 900 or more, because counters of rates live for five minutes"
    parser.add_argument("--soak", type=float, metavar="SECONDS", help=text)
    options = parser.parse_args()
    if options.soak:
        passed = run.soak(options.soak)
    else:
        passed = run.faults(only=options.only, short=options.short)
    sys.exit(not passed)
