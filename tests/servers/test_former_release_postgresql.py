"""The manual's upgrade, from the former release and back, under load.

The former release serves while the new version migrates its database, and then the new one takes
its place on a socket that systemd would hold. No request fails, though they start slowly.
"""

import re
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests import big_table
from tests.manual import page
from tests.paths import ROOT
from tests.processes.server import LOOPBACK, PUBLIC_NAME, Address, Server, serve
from tests.servers.databases import connect, database
from tests.servers.load import load
from tests.servers.recipes import nginx
from tests.servers.releases import Release, former
from tests.servers.workers import ask

pytestmark = pytest.mark.django_db(transaction=True)

JOURNEYS = ("visits", "reads", "flips", "bans")
#: Without logins to the admin, which have to be repeated after this upgrade.
ACROSS = ("visits", "reads", "flips")
#: An application that takes longer to start than on any machine.
SLOW = "import time\ntime.sleep(6)\nfrom cumulonimbus.wsgi import application\n"
#: How the manual limits the time that a migration waits for a lock.
LOCKS = dict(re.findall(r"(PGOPTIONS)='([^']*lock_timeout[^']*)'", page("operators/upgrade")))


@pytest.fixture
def old(tmp_path: Path) -> Iterator[Release]:
    """The former release, with a database that it has created and that is large."""
    with database() as url:
        release = Release(former(tmp_path / "former"), url)
        release.create_database()
        with connect(url) as connection:
            connection.execute(big_table.statements(int(time.time())))
            connection.execute(EVENTS)
        yield release


#: A large audit log.
EVENTS = f"""
    INSERT INTO sessions_api_auditevent
        (at, kind, actor_id, actor_name, subject_id, subject_name, address, user_agent, detail)
    SELECT now() - n * interval '1 second', 'login', {big_table.FIRST_USER} + n, 'user' || n,
        {big_table.FIRST_USER} + n, 'user' || n, '192.0.2.1', '', '{{}}'
    FROM generate_series(1, 100000) AS n
"""  # noqa: S608 - made of constants


def test_an_upgrade_and_the_way_back(old: Release, tmp_path: Path) -> None:
    new = Release(ROOT, old.database, old.secret_key)
    (tmp_path / "nginx").mkdir()
    (tmp_path / "slow_to_start.py").write_text(SLOW)
    with ExitStack() as stack:
        held = stack.enter_context(socket.create_server((LOOPBACK, 0), backlog=128))

        def start(release: Release) -> Server:
            folder = Path(tempfile.mkdtemp(dir=tmp_path))
            return stack.enter_context(activated(release, held, folder, tmp_path))

        first = start(old)
        proxy = stack.enter_context(nginx(first, tmp_path / "nginx"))
        url = f"http://{PUBLIC_NAME}:{proxy[1]}"
        with load(url, *JOURNEYS) as by_old:
            interrupted(new)
            new.manage("migrate", **LOCKS)
        by_old.assert_served()
        assert not is_new(proxy)
        with load(url, *ACROSS) as by_both:
            assert first.stop() == 0
            second = start(new)
            assert is_new(proxy)
            assert second.stop() == 0
            start(old)
            assert not is_new(proxy)
        by_both.assert_served()


def is_new(address: Address) -> bool:
    """Return whether the new version responds: the former release has no health checks."""
    return ask(address, "/livez").status == 200


@contextmanager
def activated(
    release: Release, held: socket.socket, folder: Path, modules: Path
) -> Iterator[Server]:
    """Run a release with gunicorn, as systemd does, on a socket that stays open.

    :param modules: the folder with the module ``slow_to_start``.
    """
    config = ["-m", "gunicorn", "--config", "python:cumulonimbus.gunicorn_config"]
    hand_over = [str(ROOT / "tests/servers/activated.py"), str(held.fileno())]
    with serve(
        folder,
        command=[*hand_over, *config, "slow_to_start:application"],
        address=held.getsockname(),
        inherited=[held.fileno()],
        code=release.code,
        PYTHONPATH=str(modules),
        **release.settings,
    ) as server:
        yield server


def interrupted(new: Release) -> None:
    """Migrate while a backup holds locks, which the migration must not wait for for long, because
    requests would wait behind it."""
    with connect(new.database) as backup, backup.transaction():
        backup.execute("LOCK TABLE sessions_api_usersession IN ACCESS SHARE MODE")
        failed = new.try_to("migrate", **LOCKS)
    assert failed.returncode == 1
    assert "canceling statement due to lock timeout" in failed.stderr
