"""The manual's files for containers, as far as they can be checked without a container engine."""

import json
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from cumulonimbus.configuration import env_file
from tests.cumulonimbus.processes import run
from tests.manual import DEPLOYMENT, blocks, page

COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOYMENT / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE = (DEPLOYMENT / "Dockerfile").read_text().replace("\\\n", "")
[PREPARE, _] = blocks("sh", page("operators/containers"))


@pytest.mark.parametrize("name", SERVICES)
def test_every_container_is_restricted_and_restarted(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", service["user"])
    assert service["restart"] == ("on-failure" if name == "migrate" else "unless-stopped")
    assert ("ports" in service) is (name == "proxy")


def test_what_serves_has_a_health_check_and_is_waited_for() -> None:
    ours = {name for name, service in SERVICES.items() if "build" in service}
    assert ours == {"web", "migrate", "prune"}
    unchecked = {n for n, s in SERVICES.items() if s.get("healthcheck", {}).get("disable")}
    # The check of the image is that of its server.
    assert unchecked == ours - {"web"}
    assert {n for n, s in SERVICES.items() if "test" in s.get("healthcheck", {})} == (
        SERVICES.keys() - ours
    )
    for service in SERVICES.values():
        for other, waits in service.get("depends_on", {}).items():
            finished = "service_completed_successfully" if other == "migrate" else "service_healthy"
            assert waits["condition"] == finished


def test_the_image_and_compose_agree() -> None:
    [user] = re.findall(r"^USER (.+)$", DOCKERFILE, re.MULTILINE)
    for name in ("web", "migrate", "prune"):
        assert SERVICES[name]["user"] == user
        for mount in SERVICES[name]["volumes"]:
            assert mount.split(":")[1] in DOCKERFILE
    [command] = re.findall(r"^CMD (.+)$", DOCKERFILE, re.MULTILINE)
    words = json.loads(command)
    [recommended] = [
        line for text in blocks("sh", page("operators/deploy")) for line in text.splitlines()
        if line.startswith("gunicorn")
    ]  # fmt: skip
    assert shlex.join(words[:3]) == recommended
    [port] = re.findall(r"^EXPOSE (\d+)$", DOCKERFILE, re.MULTILINE)
    assert words[words.index("--bind") + 1] == f"0.0.0.0:{port}"
    proxy = (DEPLOYMENT / "nginx-container.conf").read_text()
    assert f"server web:{port};" in proxy
    assert {mount.split(":")[1] for mount in SERVICES["proxy"]["ports"]} == set(
        re.findall(r"^ +listen (\d+)", proxy, re.MULTILINE)
    )


def test_files_and_secrets_are_those_of_the_page(tmp_path: Path) -> None:
    """Run the commands of the page. Files belong to those who read them, and to nobody else."""
    (tmp_path / "example.com.key").touch()
    subprocess.run(["bash", "-ec", PREPARE], cwd=tmp_path, check=True)
    owner = {name: int(service["user"].split(":")[0]) for name, service in SERVICES.items()}
    for reader, service in SERVICES.items():
        for secret in service.get("secrets", []):
            path = tmp_path / COMPOSE["secrets"][secret]["file"]
            if path.suffix != ".crt":
                assert (path.stat().st_uid, path.stat().st_mode & 0o777) == (owner[reader], 0o400)
        if "env_file" in service:
            assert (tmp_path / service["env_file"]).stat().st_mode & 0o777 == 0o600
        for mount in service.get("volumes", []):
            source = mount.split(":")[0]
            if source.startswith("./"):
                assert (DEPLOYMENT / source).is_file()
            else:
                assert source in COMPOSE["volumes"]


def test_the_settings_are_known_and_suffice(tmp_path: Path) -> None:
    (tmp_path / "example.com.key").touch()
    subprocess.run(["bash", "-ec", PREPARE], cwd=tmp_path, check=True)
    settings: dict[str, str] = {}
    env_file.load(str(tmp_path / "cumulonimbus.env"), settings)
    known = set(re.findall(r"^\| `([A-Z_]+)`", page("reference/environment"), re.MULTILINE))
    assert settings.keys() <= known
    settings["SIGNING_KEYS"] = str(tmp_path / "signing-key.pem")
    run("manage.py", "check", "--deploy", "--fail-level", "WARNING", **settings)
