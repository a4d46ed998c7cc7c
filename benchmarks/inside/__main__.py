"""``python -m benchmarks.inside MODULE.FUNCTION ARGUMENTS``: one function, under one contender.

The settings are those of ``DJANGO_SETTINGS_MODULE``; arguments and result are JSON.
"""

import contextlib
import json
import sys
from importlib import import_module

import django


def main(name: str, arguments: str) -> None:
    """Call the function, and print what it returns."""
    with contextlib.redirect_stdout(sys.stderr):
        django.setup()
        module, _, function = name.rpartition(".")
        result = getattr(import_module(f"benchmarks.{module}"), function)(**json.loads(arguments))
    json.dump(result, sys.stdout)


main(*sys.argv[1:])
