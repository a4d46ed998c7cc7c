"""Raises an error on import if an app that the models need is not in ``INSTALLED_APPS``.

Django's own error names a model that the project has never heard of.
"""

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured

NEEDED = ("django.contrib.auth", "django.contrib.contenttypes", "sessions_api", "killswitches")

if missing := [name for name in NEEDED if not apps.is_installed(name)]:
    names = ", ".join(f'"{name}"' for name in missing)
    raise ImproperlyConfigured(
        f"INSTALLED_APPS lacks {' and '.join(missing)}, which sessions need. Add to settings.py:\n"
        f"INSTALLED_APPS += [{names}]"
    )
