"""The project as a WSGI application, for any WSGI server: ``cumulonimbus.wsgi:application``."""

import os

import django
from django.core.handlers.wsgi import WSGIHandler

from cumulonimbus.serving.requests import WSGITextsRequest
from cumulonimbus.serving.resolver import Remembering
from cumulonimbus.serving.startup import settle

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cumulonimbus.settings")

django.setup(set_prefix=False)


class Handler(Remembering, WSGIHandler):
    request_class = WSGITextsRequest


application = Handler()
settle()
