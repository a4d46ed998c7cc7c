"""The project as a WSGI application, for any WSGI server: ``cumulonimbus.wsgi:application``."""

import os

import django
from django.core.handlers.wsgi import WSGIHandler

from cumulonimbus.requests import WSGITextsRequest
from cumulonimbus.resolver import Remembering
from cumulonimbus.startup import settle

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cumulonimbus.settings")

django.setup(set_prefix=False)


class Handler(Remembering, WSGIHandler):
    request_class = WSGITextsRequest


application = Handler()
settle()
