"""The statements that split a table, in their order; PostgreSQL runs them in other tests."""

from dataclasses import replace

from sessions_api.databases.partitions.catalog import Table
from sessions_api.databases.partitions.conversion import Scheme, conversion, locking

TABLE = Table(
    name="events",
    is_partitioned=False,
    partitions=[],
    role="",
    options="fillfactor=70",
    sequence="public.events_id_seq",
    columns={"id": "n_distinct=-0.01", "at": ""},
    primary_key="events_pkey",
    constraints={"events_at_key": "UNIQUE (at, id)"},
    indexes=["CREATE INDEX events_at ON public.events USING btree (at)"],
    grants=[("SELECT", "reader")],
    sequence_grants=[("USAGE", "writer")],
    obstacles=[],
)
SCHEME = Scheme("RANGE", "at", {"events_2026_11": "FROM (1) TO (2)", "events_default": "DEFAULT"})


def test_the_accounts_are_locked_first() -> None:
    assert locking("events", '"user"', seconds=5) == [
        "SET LOCAL lock_timeout = '5s'",
        'LOCK TABLE "user" IN SHARE ROW EXCLUSIVE MODE',
        "LOCK TABLE events IN ACCESS EXCLUSIVE MODE",
    ]


def test_the_new_table_is_like_the_former_one() -> None:
    assert list(conversion(TABLE, SCHEME)) == [
        "ALTER TABLE events RENAME TO events_unpartitioned",
        (
            "CREATE TABLE events (LIKE events_unpartitioned INCLUDING DEFAULTS"
            " INCLUDING CONSTRAINTS INCLUDING STORAGE INCLUDING COMMENTS) PARTITION BY RANGE (at)"
        ),
        (
            "CREATE TABLE events_2026_11 PARTITION OF events FOR VALUES FROM (1) TO (2)"
            " WITH (fillfactor=70)"
        ),
        "ALTER TABLE events_2026_11 ALTER COLUMN id SET (n_distinct=-0.01)",
        "CREATE TABLE events_default PARTITION OF events DEFAULT WITH (fillfactor=70)",
        "ALTER TABLE events_default ALTER COLUMN id SET (n_distinct=-0.01)",
        "INSERT INTO events (id, at) SELECT id, at FROM events_unpartitioned",
        "CREATE SEQUENCE public.events_new_id_seq AS bigint",
        "SELECT setval('public.events_new_id_seq', nextval('public.events_id_seq'), false)",
        "DROP TABLE events_unpartitioned",
        "ALTER SEQUENCE public.events_new_id_seq RENAME TO events_id_seq",
        "ALTER SEQUENCE public.events_id_seq OWNED BY events.id",
        "ALTER TABLE events ALTER COLUMN id SET DEFAULT nextval('public.events_id_seq')",
        "GRANT USAGE ON SEQUENCE public.events_id_seq TO writer",
        "ALTER TABLE events ADD CONSTRAINT events_pkey PRIMARY KEY (at, id)",
        "ALTER TABLE events ADD CONSTRAINT events_at_key UNIQUE (at, id)",
        "CREATE INDEX events_at ON public.events USING btree (at)",
        "CREATE INDEX events_by_id ON events (id)",
        "GRANT SELECT ON events TO reader",
        "ALTER TABLE ONLY events ALTER COLUMN id SET (n_distinct_inherited=-0.01)",
        "ANALYZE events",
    ]


def test_the_owner_owns_the_new_table_too() -> None:
    first, *others = conversion(replace(TABLE, role="owner"), SCHEME)
    assert first == "SET LOCAL ROLE owner"
    assert others == list(conversion(TABLE, SCHEME))
