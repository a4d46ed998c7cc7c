"""knox's settings as documented. It has no rate limits, kill switches or times of last use."""

from benchmarks.contenders.common import *  # noqa: F403
from benchmarks.contenders.common import INSTALLED_APPS

ROOT_URLCONF = "benchmarks.contenders.knox.urls"
INSTALLED_APPS = [*INSTALLED_APPS, "rest_framework", "knox"]
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["knox.auth.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
}
