"""As knox's documentation has them. No throttling, no switches, no last use: it has none."""

from benchmarks.contenders.common import *  # noqa: F403
from benchmarks.contenders.common import INSTALLED_APPS

ROOT_URLCONF = "benchmarks.contenders.knox.urls"
INSTALLED_APPS = [*INSTALLED_APPS, "rest_framework", "knox"]
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["knox.auth.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
}
