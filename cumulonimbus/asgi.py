"""The project as an ASGI application, for any ASGI server: ``cumulonimbus.asgi:application``."""

import os

import django
from django.core.handlers.asgi import ASGIHandler

from cumulonimbus.resolver import Remembering
from cumulonimbus.startup import settle

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cumulonimbus.settings")

django.setup(set_prefix=False)


class Handler(Remembering, ASGIHandler):
    pass


application = Handler()
settle()
