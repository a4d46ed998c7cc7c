"""The project as a ASGI application, for any ASGI server: ``cumulonimbus.asgi:application``."""

import os

from django.core.asgi import get_asgi_application

from cumulonimbus.startup import settle

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cumulonimbus.settings")

application = get_asgi_application()
settle()
