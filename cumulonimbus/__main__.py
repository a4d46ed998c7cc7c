"""The command line: ``cumulonimbus help``, or ``python -m cumulonimbus help``."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line


def main() -> None:
    """Run a management command with the service's settings.

    A setting that prevents the start is reported in one sentence, without a traceback.

    :raises SystemExit: the command failed.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cumulonimbus.settings")
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"ImproperlyConfigured: {error}")


if __name__ == "__main__":
    main()
