"""The project as a WSGI application, for any WSGI server: ``cumulonimbus.wsgi:application``."""

import os

import django
from django.core.handlers.wsgi import WSGIHandler

from cumulonimbus.serving.requests import SafeWSGIRequest
from cumulonimbus.serving.resolver import CachingResolverMixin
from cumulonimbus.serving.startup import finish_startup

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cumulonimbus.settings")

django.setup(set_prefix=False)


class Handler(CachingResolverMixin, WSGIHandler):
    request_class = SafeWSGIRequest


application = Handler()
finish_startup()
