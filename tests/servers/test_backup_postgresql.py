"""The manual's page on backups, on a PostgreSQL server of its own, up to a login afterwards."""

import re
import shutil
import sqlite3
import subprocess
import tempfile
import time
from base64 import b32decode
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.cast import PASSWORD
from tests.outages.postgresql import DATABASE, PostgreSQL
from tests.processes.server import Connection, wait_for
from tests.servers.installation import Installation, block, create
from tests.sessions_api.second_factors.totp import PERIOD, code_at

ME = "/users/me/sessions/me"

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass(frozen=True)
class History:
    """What has happened before and after the backups.

    :param revoked: the token of a session that was ended before.
    :param ended_since: that of one that was ended after.
    :param secret: of Ann's authenticator app.
    """

    revoked: str
    ended_since: str
    secret: bytes


@pytest.fixture(scope="module")
def installation(django_db_setup: None) -> Iterator[Installation]:
    with tempfile.TemporaryDirectory(prefix="postgresql-") as name:
        folder = Path(name)
        server = PostgreSQL(folder)
        server.execute(
            "CREATE ROLE cumulonimbus LOGIN", f"ALTER DATABASE {DATABASE} OWNER TO cumulonimbus"
        )
        created = Installation(folder, server)
        create(created)
        yield created
        server.stop()


def log_in(call: Connection, name: str) -> str:
    answer = call("POST", "/login", {"username": name, "password": PASSWORD})
    assert answer.status == 201, answer
    return str(answer.body["token"])


def enroll(call: Connection, token: str) -> bytes:
    """Enroll an authenticator app with the code before the present one, and return its secret."""
    begun = call("POST", "/users/me/2fa/totp", {"password": PASSWORD}, token=token).body
    secret = b32decode(begun["secret"] + "=" * (-len(begun["secret"]) % 8))
    proof = {"token": begun["token"], "name": "App", "code": code_at(secret, time.time() - PERIOD)}
    assert call("POST", "/users/me/2fa/totp/confirm", proof, token=token).status == 201
    return secret


@pytest.fixture(scope="module")
def moment() -> list[str]:
    """The time between what happened before and after the backups, once it is known."""
    return []


@pytest.fixture(scope="module")
def history(
    installation: Installation, moment: list[str], tmp_path_factory: pytest.TempPathFactory
) -> History:
    installation.run(block("runuser -u postgres -- pg_basebackup"))
    with installation.serving(tmp_path_factory.mktemp("before")) as call:
        revoked, kept = log_in(call, "bob"), log_in(call, "bob")
        assert call("DELETE", ME, token=revoked).status == 200
        secret = enroll(call, log_in(call, "ann"))
        installation.run(block("install -d -m 700"))
        installation.run(block("runuser -u postgres -- pg_dump"))
        with installation.server.connect() as connection:
            moment += [str(*connection.execute("SELECT clock_timestamp()").fetchone() or [])]
        assert call("DELETE", ME, token=kept).status == 200
        assert call("GET", ME, token=kept).status == 401
    with installation.server.connect(DATABASE) as connection:
        connection.execute("SELECT pg_switch_wal()")
        wait_for(lambda: archived(connection))
    return History(revoked, kept, secret)


def archived(connection: Any) -> bool:
    """Return whether nothing is left to archive."""
    left = connection.execute(
        "SELECT count(*) FROM pg_ls_archive_statusdir() WHERE name LIKE '%.ready'"
    ).fetchone()
    return bool(left == (0,))


def check(installation: Installation, call: Connection, history: History, database: str) -> None:
    """Look at the service after a restore, and do what the page says."""
    assert call("GET", ME, token=history.revoked).status == 401
    assert call("GET", ME, token=history.ended_since).status == 200
    installation.run(block("export ENV_FILE"), database)
    assert call("GET", ME, token=history.ended_since).status == 401
    asked = call("POST", "/login", {"username": "ann", "password": PASSWORD})
    assert asked.status == 401, asked
    proof = {"token": asked.body["token"], "type": "totp"}
    code = {"code": code_at(history.secret, time.time())}
    assert call("POST", "/login", {"2fa": proof | code}).status == 201
    assert call("GET", ME, token=log_in(call, "bob")).status == 200


def restore_keys(installation: Installation) -> None:
    """Lose the keys, and take those of the backup."""
    etc = installation.folder / "etc"
    shutil.rmtree(etc)
    shutil.copytree(installation.folder / "backups" / "cumulonimbus-keys", etc)


def test_a_dump_is_restored_beside_the_database(
    installation: Installation, history: History, tmp_path: Path
) -> None:
    restore_keys(installation)
    installation.run(block("runuser -u postgres -- createdb"))
    restored = "cumulonimbus_restored"
    with installation.serving(tmp_path, restored) as call:
        check(installation, call, history, restored)


def test_a_moment_is_restored_from_the_base_backup_and_wal(
    installation: Installation, history: History, moment: list[str], tmp_path: Path
) -> None:
    restore_keys(installation)
    script = block("systemctl stop postgresql")
    [printed] = re.findall(r"recovery_target_time = '([^']+)'", script)
    installation.run(script.replace(printed, moment[0]))

    def is_promoted() -> bool:
        with installation.server.connect() as connection:
            return connection.execute("SELECT pg_is_in_recovery()").fetchone() == (False,)

    wait_for(is_promoted)
    with installation.serving(tmp_path) as call:
        check(installation, call, history, DATABASE)


def test_sqlite(tmp_path: Path) -> None:
    folder, copy = tmp_path / "service", tmp_path / "copy.sqlite3"
    folder.mkdir()
    database = folder / "db.sqlite3"
    scripts = [
        one.replace("/var/lib/cumulonimbus", str(folder))
        .replace("/var/backups/cumulonimbus.sqlite3", str(copy))
        .replace("-o cumulonimbus ", "")
        for one in (block("sqlite3 "), block("rm -f"))
    ]
    with closing(sqlite3.connect(database)) as service:
        service.executescript("PRAGMA journal_mode = WAL; CREATE TABLE one (value TEXT)")
        service.execute("INSERT INTO one VALUES ('before')")
        service.commit()
        # What is committed is in the WAL, because the connection is still open.
        assert (folder / "db.sqlite3-wal").stat().st_size > 0
        subprocess.run(["sh", "-ec", scripts[0]], check=True)
        service.execute("UPDATE one SET value = 'after'")
        service.commit()
        # As if the service had been killed: leftovers of the former file remain.
        leftover = (folder / "db.sqlite3-wal").read_bytes()
    (folder / "db.sqlite3-wal").write_bytes(leftover)
    subprocess.run(["sh", "-ec", scripts[1]], check=True)
    with closing(sqlite3.connect(database)) as service:
        assert service.execute("SELECT value FROM one").fetchall() == [("before",)]
