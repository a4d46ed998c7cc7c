"""The manual's page on deployment, word for word: from the wheel to the first login.

On a machine of its own, without the checkout. What is missing there is the package manager, in
whose place PostgreSQL, Redis and nginx are started, and systemd.
"""

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from build import ProjectBuilder

from sessions_api import __version__
from tests.as_printed.project import PASSWORD
from tests.manual import DEPLOYMENT, blocks, page
from tests.paths import ROOT
from tests.servers.load import SCRIPT, load
from tests.servers.machine import Machine, machine
from tests.servers.production import ENV_FILE, NEWER, Client, follow, index_of, newer_wheel


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """A machine with the service, which was installed as the manual says."""
    folder = tmp_path_factory.mktemp("machine")
    wheel = Path(ProjectBuilder(ROOT).build("wheel", tmp_path_factory.mktemp("wheel")))
    with machine(folder) as started:
        substitute = Path(__file__).with_name("systemctl.py").read_text()
        started.write("/usr/local/sbin/systemctl", substitute)
        started.run("chmod 755 /usr/local/sbin/systemctl")
        follow(started, wheel)
        yield started


@pytest.fixture
def client(production: Machine) -> Client:
    return Client(production)


def test_somebody_logs_in_lists_and_ends_a_session(client: Client) -> None:
    token = client.log_in()
    listed = client.sessions(token)
    assert listed["count"] == 1
    assert client.end(token)["code"] == "DELETE_SESSION_SUCCESS"
    assert client.sessions(token)["code"] == "INVALID_SESSION_ERROR"


def test_addresses_of_clients_pages_and_redirects(production: Machine, client: Client) -> None:
    base = "https://example.com"
    assert client.status(f"{base}/admin/login/") == "200"
    assert client.status(f"{base}/static/admin/css/base.css") == "200"
    assert client.status(f"{base}/readyz") == "200"
    plain = production.run("curl -sS -i --resolve example.com:80:127.0.0.1 http://example.com/api/")
    assert "\nlocation: https://example.com/api/\n" in plain.lower()
    shown = production.run(f"{client.curl} -i {base}/api/").lower()
    assert "\nstrict-transport-security: max-age=3600\n" in shown


def test_no_process_is_roots_and_no_secret_is_everybodys(production: Machine) -> None:
    owners = production.run("ps -o user:20= -C gunicorn").split()
    assert owners == ["cumulonimbus"] * 3
    secrets = production.run(f"stat -c '%A %U %G' {ENV_FILE} /etc/cumulonimbus/signing-key.pem")
    assert secrets.splitlines() == ["-rw-r----- root cumulonimbus"] * 2
    # Nothing is kept in the package.
    assert production.run("find /opt/cumulonimbus-1 -user cumulonimbus") == ""
    assert production.run("ls /var/lib/cumulonimbus") == "static\n"


def test_the_demo_runs_from_the_package_in_an_empty_folder(production: Machine) -> None:
    shown = production.run(
        "install -d -o cumulonimbus /var/lib/empty-folder && cd /var/lib/empty-folder\n"
        "runuser -u cumulonimbus -- env DEBUG=true cumulonimbus demo --no-serve"
    )
    assert "http://localhost:8000/api/docs/" in shown
    assert production.run("ls /var/lib/empty-folder") == "var\n"
    kept = set(production.run("ls /var/lib/empty-folder/var").split())
    assert kept >= {"db.sqlite3", "signing-key.pem", "demo-accounts.json"}
    # With neither of the two, it names what is missing.
    refused = production.try_to("cumulonimbus check")
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert "SECRET_KEY is not set" in refused.stderr


def test_the_units_are_valid_and_restrict_the_service(production: Machine) -> None:
    units = "/etc/systemd/system/cumulonimbus*"
    verified = production.try_to(f"systemd-analyze verify {units}")
    assert (verified.returncode, verified.stdout + verified.stderr) == (0, "")
    production.run("systemd-analyze security --offline=true --threshold=25 cumulonimbus.service")
    production.run("systemctl start cumulonimbus-prune.service")


def test_the_health_check_of_the_container(production: Machine) -> None:
    dockerfile = (DEPLOYMENT / "Dockerfile").read_text()
    [check] = re.findall(r"^HEALTHCHECK .*\\\n +CMD (\[.*\])$", dockerfile, re.MULTILINE)
    program, option, script = json.loads(check)
    command = f"/opt/cumulonimbus/bin/{program} {option} {json.dumps(script)}"
    production.run(command)
    failed = production.try_to(command.replace(":8000", ":8001"))
    assert failed.returncode == 1


def test_the_proxy_of_the_containers(production: Machine) -> None:
    text = (DEPLOYMENT / "nginx-container.conf").read_text()
    production.run(
        "echo 127.0.0.1 web >> /etc/hosts; mkdir -p /run/secrets\n"
        "cp /etc/nginx/example.com.crt /run/secrets/certificate\n"
        "cp /etc/nginx/example.com.key /run/secrets/certificate-key\n"
    )
    top = "pid /run/of-containers.pid; events {} http { include /etc/nginx/container.conf; }"
    production.write("/etc/nginx/container.conf", text)
    production.write("/etc/nginx/of-containers.conf", top)
    production.run("nginx -c /etc/nginx/of-containers.conf 2> /dev/null")
    at = "--cacert /etc/nginx/example.com.crt --resolve example.com:8443:127.0.0.1"
    shown = production.run(f"curl -sS {at} https://example.com:8443/livez -w '%{{http_code}}'")
    assert shown.endswith("200")


def test_a_reload_withdraws_a_key_in_every_process(production: Machine, client: Client) -> None:
    token = client.log_in()
    new = "/etc/cumulonimbus/signing-key-2.pem"
    production.run(
        f"openssl ecparam -name prime256v1 -genkey -noout -out {new}\n"
        f"chown root:cumulonimbus {new}; chmod 640 {new}\n"
        f"sed -i 's|^SIGNING_KEYS=.*|SIGNING_KEYS={new}|' {ENV_FILE}\n"
        "systemctl reload cumulonimbus"
    )
    deadline = time.monotonic() + 60
    refused = 0
    while refused < 30:
        assert time.monotonic() < deadline
        refused = refused + 1 if "code" in client.sessions(token) else 0
    assert client.sessions(client.log_in())["count"] == 2


def test_a_reload_with_a_bad_setting_is_refused(production: Machine, client: Client) -> None:
    production.run(f"cp -a {ENV_FILE} {ENV_FILE}.good; echo DEBUG=perhaps >> {ENV_FILE}")
    refused = production.try_to("systemctl reload cumulonimbus")
    production.run(f"mv {ENV_FILE}.good {ENV_FILE}")
    assert refused.returncode != 0
    assert "ImproperlyConfigured: DEBUG must be true or false" in refused.stderr
    assert client.status("https://example.com/readyz") == "200"


def test_an_upgrade_and_the_way_back_lose_no_request(
    production: Machine, client: Client, tmp_path: Path
) -> None:
    upgrade, back = blocks("sh", page("operators/upgrade"))
    environment = "export ENV_FILE"
    install, rest = upgrade[: upgrade.index(environment)], upgrade[upgrade.index(environment) :]
    production.run(install, online=True, **index_of(newer_wheel(tmp_path)))
    production.run(f"echo RATELIMIT_ENABLE=false >> {ENV_FILE}; systemctl reload cumulonimbus")
    production.write("/run/traffic.py", SCRIPT.read_text())
    certificate = "--certificate /etc/nginx/example.com.crt"
    traffic = f"exec python3 /run/traffic.py https://example.com '{PASSWORD}' {certificate}"
    with load("", command=production.command(f"{traffic} visits reads")) as seen:
        assert client.version() == __version__
        production.run(rest)
        assert client.version() == NEWER
        production.run(back)
        assert client.version() == __version__
    seen.assert_served()


def test_a_killed_server_leaves_no_workers(production: Machine) -> None:
    assert production.run("pgrep -c -u cumulonimbus") == "3\n"
    production.run("systemctl kill cumulonimbus")
    production.wait_until("! pgrep -u cumulonimbus")
