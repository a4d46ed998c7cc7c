"""System checks of the metrics."""

import os
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryFile

from django.core import checks

from killswitches import fixed_tokens
from killswitches.checks import place_of, put_first
from sessions_api.checks.messages import error, set_to, warning
from sessions_api.checks.settings import fits_settings
from sessions_api.conf import api_settings

MIDDLEWARE = "sessions_api.metrics.middleware.MetricsMiddleware"


@checks.register("sessions_api")
def check_metrics(**kwargs: object) -> list[checks.CheckMessage]:
    """E050: ``METRICS_TOKEN`` is so short that it could be guessed.

    E051: there is a ``METRICS_TOKEN``, but not the library that metrics need. W052: there is a
    ``METRICS_TOKEN``, but the middleware that counts is missing. W053: ``METRICS_DIR`` cannot be
    written to, so each process shows its own counts.
    """
    if not (fits_settings() and api_settings().METRICS_TOKEN):
        return []
    found: list[checks.CheckMessage] = []
    token, folder = api_settings().METRICS_TOKEN, api_settings().METRICS_DIR
    if not fixed_tokens.is_usable(token):
        text = (
            f"METRICS_TOKEN must have at least {fixed_tokens.SHORTEST} printable ASCII characters."
        )
        found.append(error("E050", text, f"Make one:\n{fixed_tokens.NEW}"))
    if find_spec("prometheus_client") is None:
        text = "METRICS_TOKEN is set, but prometheus-client, which metrics need, is not installed."
        return [*found, error("E051", text, 'Install it:\npip install "cumulonimbus[metrics]"')]
    if place_of(MIDDLEWARE) is None:
        text = "METRICS_TOKEN has no effect, because the middleware that counts is missing."
        found.append(warning("W052", text, put_first(MIDDLEWARE)))
    if folder is not None and not _is_writable(Path(folder)):
        text = f"Each process shows its own metrics: {folder} cannot be written to."
        found.append(warning("W053", text, set_to("METRICS_DIR", 'BASE_DIR / "metrics"')))
    return found


def _is_writable(folder: Path) -> bool:
    """Try whether a file can be made in a folder, or in the closest parent that exists."""
    places = [folder, *folder.absolute().parents]
    existing = next(path for path in places if os.path.lexists(path))
    try:
        # Permissions do not tell: root has them all, even in /proc and on read-only file systems.
        with TemporaryFile(dir=existing):
            return True
    except OSError:
        return False
