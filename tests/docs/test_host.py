"""The samples for hosts work in projects created by ``startproject``."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.manual import blocks, page
from tests.paths import ROOT

Manage = Callable[..., str]
LOGIN = """
import json
from django.contrib.auth import get_user_model
from django.test import Client
get_user_model().objects.create_user("ann", password="correct horse")
client = Client(headers={"host": "localhost"})
body = {"username": "ann", "password": "correct horse"}
token = client.post("/auth/login", body, content_type="application/json").json()["token"]
mine = client.get("/auth/users/me/sessions", headers={"authorization": token}).json()
whose = client.get("/auth/users/me", headers={"authorization": token}).status_code
end = client.delete("/auth/users/me/sessions/me", headers={"authorization": token}).json()
again = client.get("/auth/users/me/sessions", headers={"authorization": token})
print(json.dumps([mine["count"], whose, end["code"], again.status_code]))
"""

#: Sessions work, and accounts over REST are not mounted.
WITHOUT_ACCOUNTS = [1, 404, "DELETE_SESSION_SUCCESS", 401]


@pytest.fixture
def manage(tmp_path: Path) -> Manage:
    """Create a project, and return a function that runs its commands."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in {"DJANGO_SETTINGS_MODULE", "DATABASE_URL", "CACHE_URL", "STATE_DIR"}
    } | {"PYTHONPATH": str(ROOT)}

    def run(*command: str) -> str:
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    run(sys.executable, "-m", "django", "startproject", "desk", ".")
    return run


@pytest.mark.parametrize("source", ["README.md", "docs/hosts/add-to-your-project.md"])
def test_login_works_after_following_the_manual(
    manage: Manage, tmp_path: Path, source: str
) -> None:
    files = "\n".join(blocks("python", (ROOT / source).read_text())).split("# urls.py\n")
    for name, added in zip(("settings", "urls"), files, strict=True):
        with (tmp_path / f"desk/{name}.py").open("a") as file:
            file.write(added)
    [key] = {
        line
        for sample in blocks("sh", page("hosts/add-to-your-project"))
        for line in sample.splitlines()
        if line.startswith("openssl")
    }
    manage(*key.split())
    manage(sys.executable, "manage.py", "migrate", "-v0")
    manage(sys.executable, "manage.py", "check", "--fail-level", "ERROR")
    said = manage(sys.executable, "manage.py", "shell", "-v0", "-c", LOGIN)
    assert json.loads(said.splitlines()[-1]) == WITHOUT_ACCOUNTS


def test_the_samples_work_without_djangos_admin(manage: Manage, tmp_path: Path) -> None:
    files = "\n".join(blocks("python", page("hosts/add-to-your-project"))).split("# urls.py\n")
    with (tmp_path / "desk/settings.py").open("a") as settings:
        settings.write(files[0] + 'INSTALLED_APPS.remove("django.contrib.admin")\n')
    (tmp_path / "desk/urls.py").write_text("urlpatterns = []\n" + files[1])
    manage("openssl", "ecparam", "-name", "prime256v1", "-genkey", "-out", "signing-key.pem")
    manage(sys.executable, "manage.py", "migrate", "-v0")
    manage(sys.executable, "manage.py", "check", "--fail-level", "ERROR")
    said = manage(sys.executable, "manage.py", "shell", "-v0", "-c", LOGIN)
    assert json.loads(said.splitlines()[-1]) == WITHOUT_ACCOUNTS
