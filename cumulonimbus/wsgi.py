"""The project as a WSGI application, for any WSGI server: ``cumulonimbus.wsgi:application``."""

import os

from django.core.wsgi import get_wsgi_application

from cumulonimbus.startup import settle

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cumulonimbus.settings")

application = get_wsgi_application()
settle()
