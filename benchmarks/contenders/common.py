"""Settings that all peers share: the machine's side, which is the same for every contender."""

from cumulonimbus.settings import ALLOWED_HOSTS, CACHES, DATABASES, SECRET_KEY

__all__ = ["ALLOWED_HOSTS", "CACHES", "DATABASES", "DEFAULT_AUTO_FIELD", "SECRET_KEY", "USE_TZ"]

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
