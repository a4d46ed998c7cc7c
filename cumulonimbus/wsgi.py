"""The project as a WSGI application, for any WSGI server: ``cumulonimbus.wsgi:application``."""

import os
from wsgiref.types import StartResponse, WSGIEnvironment

import django
from django.core.exceptions import BadRequest
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpResponseBadRequest
from django.http.response import HttpResponseBase

from cumulonimbus.serving.requests import SafeWSGIRequest
from cumulonimbus.serving.resolver import CachingResolverMixin
from cumulonimbus.serving.startup import finish_startup

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cumulonimbus.settings")

django.setup(set_prefix=False)


class Handler(CachingResolverMixin, WSGIHandler):
    """Django's WSGI handler, which also answers requests that Django cannot read.

    Since 6.1, Django refuses a ``Content-Type`` of over 10,000 characters while it creates the
    request, before anything of its own could answer: the server would answer 500.
    """

    request_class = SafeWSGIRequest

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> HttpResponseBase:
        try:
            return super().__call__(environ, start_response)
        except BadRequest:
            response = HttpResponseBadRequest()
            start_response("400 Bad Request", list(response.items()))
            return response


application = Handler()
finish_startup()
