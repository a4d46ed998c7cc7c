"""The former release can serve while a migration runs, and with the tables that it leaves.

``tests/servers/test_former_release_postgresql.py`` tries it under load.
"""

import re
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection, migrations, models
from django.db.migrations.loader import MigrationLoader

from tests.paths import ROOT

#: The last migrations of the former release, 0.1.0a1. Update them with each release.
FORMER = {
    "cumulonimbus": "0002_plain_words",
    "killswitches": "0002_plain_words",
    "notices": "",
    "second_factors": "0002_plain_words",
    "sessions_api": "0009_plain_words",
}
#: Migrations that the former release cannot live with, by app and name. Each value is a sentence of
#: *When upgrading* in the changelog, which says that the service has to be stopped.
WITH_A_STOP: dict[tuple[str, str], str] = {}
#: What SQL does to the former release, or to requests meanwhile. The tables that the migration
#: itself creates may be changed in any way.
DANGERS = {
    r"DROP (TABLE|COLUMN)|RENAME": "The former release uses it.",
    r"SET NOT NULL|DROP DEFAULT": "The former release writes no value (use db_default).",
    r"ALTER COLUMN \S+ (SET DATA )?TYPE": "Every row is rewritten under an exclusive lock.",
    r"ADD COLUMN (?!.*(DEFAULT| NULL$)).*NOT NULL": "The former release writes no value.",
    r"CREATE (UNIQUE )?INDEX (?!CONCURRENTLY)": "Nobody can write (use AddIndexConcurrently).",
    r"ADD CONSTRAINT(?!.*NOT VALID)": "Nobody can write while it is checked.",
}

pytestmark = pytest.mark.django_db


def dangers(sql: str) -> list[str]:
    """Return what statements do to the former release and to requests."""
    statements = [line for line in sql.splitlines() if not line.startswith("--")]
    created = set(re.findall(r"CREATE TABLE (\"\w+\")", sql))
    return [
        f"{why} {statement}"
        for statement in statements
        for pattern, why in DANGERS.items()
        if re.search(pattern, statement.rstrip(";")) and not _is_about(statement, created)
    ]


def _is_about(statement: str, tables: set[str]) -> bool:
    """Return whether a statement changes one of these tables."""
    changed = re.search(r"(?:ALTER TABLE| ON) (\"\w+\")", statement)
    return changed is not None and changed[1] in tables


def new_migrations() -> list[tuple[str, str]]:
    """Return the apps and names of migrations since the former release."""
    loader = MigrationLoader(connection)
    return sorted(
        (app, name) for app, name in loader.disk_migrations if name > FORMER.get(app, "~")
    )


def test_the_former_release_can_serve_while_and_after_migrations() -> None:
    found = {
        (app, name): dangers(call_command("sqlmigrate", app, name, stdout=StringIO()))
        for app, name in new_migrations()
    }
    assert ("sessions_api", "0015_past_sessions") in found
    assert {key: value for key, value in found.items() if value and key not in WITH_A_STOP} == {}


def test_what_needs_a_stop_is_in_the_changelog() -> None:
    text = (ROOT / "CHANGELOG.md").read_text()
    unreleased = text[text.index("### When upgrading") : text.index("### Added")]
    assert [sentence for sentence in WITH_A_STOP.values() if sentence not in unreleased] == []


@pytest.mark.parametrize(
    "operation",
    [
        migrations.RemoveField("usersession", "location"),
        migrations.RenameField("usersession", "location", "place"),
        migrations.AddField("usersession", "note", models.TextField(default="")),
        migrations.AlterField("usersession", "jti", models.UUIDField()),
        migrations.AlterField("usersession", "name", models.IntegerField()),
        migrations.AddIndex("usersession", models.Index(fields=["name"], name="of_names")),
        migrations.AddConstraint(
            "usersession", models.CheckConstraint(condition=models.Q(sid__gt=0), name="positive")
        ),
        migrations.RenameModel("UserSession", "LoginSession"),
        migrations.DeleteModel("Ban"),
    ],
    ids=lambda operation: type(operation).__name__,
)
def test_each_kind_of_danger_is_found(operation: migrations.operations.base.Operation) -> None:
    state = MigrationLoader(connection).project_state()
    after = state.clone()
    operation.state_forwards("sessions_api", after)
    with connection.schema_editor(collect_sql=True, atomic=False) as editor:
        operation.database_forwards("sessions_api", editor, state, after)
    assert editor.collected_sql
    assert dangers("\n".join(map(str, editor.collected_sql))) != []
