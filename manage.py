#!/usr/bin/env python
"""The command ``cumulonimbus``, from a checkout: ``python manage.py help``."""

from cumulonimbus.__main__ import main

if __name__ == "__main__":
    main()
