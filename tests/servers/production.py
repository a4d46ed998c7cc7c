"""The service on a machine of its own, as the manual's page on deployment installs it."""

import json
import os
import re
import shutil
from pathlib import Path

from build import ProjectBuilder

from sessions_api import __version__
from tests.as_printed import terminal
from tests.as_printed.project import PASSWORD, filled_in
from tests.manual import DEPLOYMENT, page
from tests.paths import ROOT
from tests.servers.machine import Machine

PAGE = "operators/deploy"
#: The version of a wheel that is made for the test of an upgrade.
NEWER = "0.1.0a999"
CREATE_SUPERUSER = "runuser -u cumulonimbus -- cumulonimbus createsuperuser"
ENV_FILE = "/etc/cumulonimbus/cumulonimbus.env"
#: Blocks of a shell and included files, in the order of the page.
STEPS = re.compile(
    r"^```(?:(sh)\n(.*?)|{literalinclude} deployment/(\S+)\n.*?)^```", re.MULTILINE | re.DOTALL
)
#: What Debian does after it has installed the packages.
SERVERS = """
rm -rf /run/postgresql
install -d -o postgres -g postgres /run/postgresql /var/lib/postgresql/of-a-test
bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
runuser -u postgres -- $bin/initdb -D /var/lib/postgresql/of-a-test -A peer -N > /dev/null
runuser -u postgres -- $bin/pg_ctl -D /var/lib/postgresql/of-a-test -w -l /var/lib/postgresql/log \
    -o "-k /run/postgresql -c listen_addresses=''" start > /dev/null
redis-server --daemonize yes --bind 127.0.0.1 --save "" --dir /run > /dev/null
rm -f /run/nginx.pid
nginx
"""


def without(block: str, *beginnings: str) -> str:
    """Return a block without the lines that begin so."""
    return "".join(line for line in block.splitlines(True) if not line.startswith(beginnings))


def follow(at: Machine, wheel: Path) -> None:
    """Do what the page says, up to the first login, in its order."""
    for shell, block, file in STEPS.findall(page(PAGE)):
        if file:
            text = (DEPLOYMENT / file).read_text()
            at.write(text.split()[1], text)
        elif "pip install" in block:
            at.run(without(block, "apt-get"), online=True, **index_of(wheel))
            at.run(SERVERS)
        elif CREATE_SUPERUSER in block:
            at.run(without(block, CREATE_SUPERUSER))
            create_superuser(at)
        elif block.startswith("curl"):
            return
        elif not block.startswith("gunicorn"):
            assert shell
            at.run(block)
    raise AssertionError("The page prints no login.")


def index_of(wheel: Path) -> dict[str, str]:
    """Return the variables that make ``pip`` find this package in place of the one in its index."""
    given = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    constraint = wheel.with_name("constraint.txt")
    constraint.write_text(f"cumulonimbus=={wheel.name.split('-')[1]}\n")
    links = f"{wheel.parent} {given.get('PIP_FIND_LINKS', '')}"
    return given | {"PIP_FIND_LINKS": links, "PIP_CONSTRAINT": str(constraint)}


def create_superuser(at: Machine) -> None:
    """Run ``createsuperuser`` as it is printed, at a terminal."""
    answers = [("Username", "ann"), ("Email", "ann@example.com")]
    answers += [("Password", PASSWORD), ("again", PASSWORD)]
    environment = at.environment | {"ENV_FILE": ENV_FILE}
    terminal.answer(
        at.command(CREATE_SUPERUSER), answers, folder=Path("/"), environment=environment
    )


class Client:
    """Runs the printed calls."""

    def __init__(self, at: Machine) -> None:
        self._at = at
        [options] = re.findall(r"add `(--cacert [^`]+)`", page(PAGE))
        [block] = [block for _, block, _ in STEPS.findall(page(PAGE)) if block.startswith("curl")]
        lines = block.replace("curl -s", f"curl -sS {options}").splitlines()
        self._log_in, self._list, self._end = lines
        self.curl = f"curl -sS {options}"

    def log_in(self) -> str:
        answer = json.loads(self._at.run(filled_in(self._log_in, "ann", PASSWORD)))
        return str(answer["token"])

    def sessions(self, token: str) -> dict[str, object]:
        return dict(json.loads(self._at.run(filled_in(self._list, token))))

    def end(self, token: str) -> dict[str, object]:
        return dict(json.loads(self._at.run(filled_in(self._end, token))))

    def version(self) -> str:
        return str(json.loads(self._at.run(f"{self.curl} https://example.com/api/"))["version"])

    def status(self, url: str) -> str:
        return self._at.run(f"{self.curl} -o /dev/null -w '%{{http_code}}' {url}")


def newer_wheel(folder: Path) -> Path:
    """Build a newer version, which takes six seconds to start, in a folder."""
    copy = folder / "checkout"
    hidden = shutil.ignore_patterns(".*", "var", "tests", "docs", "benchmarks", "__pycache__")
    shutil.copytree(ROOT, copy, ignore=hidden)
    version = copy / "sessions_api" / "__init__.py"
    version.write_text(version.read_text().replace(__version__, NEWER))
    with (copy / "cumulonimbus" / "wsgi.py").open("a") as module:
        module.write("\nimport time\ntime.sleep(6)\n")
    return Path(ProjectBuilder(copy).build("wheel", folder / "wheel"))
