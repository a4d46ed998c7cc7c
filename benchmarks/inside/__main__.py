"""``python -m benchmarks.inside MODULE.FUNCTION ARGUMENTS``: call a function in a Django process.

The settings are those of ``DJANGO_SETTINGS_MODULE``. Arguments and result are JSON.
"""

import contextlib
import json
import sys
from importlib import import_module

import django


def main(name: str, arguments: str) -> None:
    """Call a function and print its result.

    :param name: the path of the function in this package.
    :param arguments: its keyword arguments, as a JSON object.
    """
    with contextlib.redirect_stdout(sys.stderr):
        django.setup()
        module, _, function = name.rpartition(".")
        result = getattr(import_module(f"benchmarks.{module}"), function)(**json.loads(arguments))
    json.dump(result, sys.stdout)


main(*sys.argv[1:])
