"""Processes of the project with a given environment."""

import json
import os
import subprocess
import sys
from pathlib import Path

from cumulonimbus.configuration.local_secrets import signing_key
from tests.paths import ROOT


def start(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    """Start a Python process of the project whose environment contains only these settings."""
    inherited = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=inherited | {"DJANGO_SETTINGS_MODULE": "cumulonimbus.settings"} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def run(*arguments: str, **environment: str) -> str:
    """Run such a process, and return its output."""
    code, out, err = finish(start(*arguments, **environment))
    assert code == 0, err
    return out


def setting(expression: str, **environment: str) -> object:
    """Return the code that prints an expression in which ``s`` is the settings, as JSON."""
    printed = f"print(json.dumps({expression}, default=str))"
    script = f"import json; from django.conf import settings as s; {printed}"
    return json.loads(run("-c", script, **environment))


def production_environment(folder: Path) -> dict[str, str]:
    """Return the environment of a server in production that keeps its state in a folder."""
    return {
        "SECRET_KEY": "$tarts-with-a-dollar-and-is-long-enough-for-the-checks-0123456789",
        "SIGNING_KEYS": signing_key(folder),
        "STATE_DIR": str(folder),
        "ALLOWED_HOSTS": "api.example.org, admin.example.org",
        "CACHE_URL": "redis://127.0.0.1:6379/0",
        "TRUSTED_PROXIES": "1",
        "PROXY_DROPS_UNDERSCORES": "true",
        "WEBAUTHN_RP_ID": "example.org",
        "EMAIL_URL": "smtp://mail.example.org",
        "SITE_URL": "https://example.org",
    }
