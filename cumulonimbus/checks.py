"""System checks of the service."""

import stat
from collections.abc import Sequence

from django.apps import AppConfig
from django.conf import settings
from django.core import checks


def check_env_file(
    app_configs: Sequence[AppConfig] | None, **kwargs: object
) -> list[checks.CheckMessage]:
    """W001: all users of the machine can read the file with the secrets (``ENV_FILE``)."""
    path = settings.ENV_FILE
    if path is None or not path.stat().st_mode & stat.S_IROTH:
        return []
    return [
        checks.Warning(
            f"All users of this machine can read {path}, which may contain secrets.",
            hint=f"chmod o= {path}",
            id="cumulonimbus.W001",
        )
    ]
