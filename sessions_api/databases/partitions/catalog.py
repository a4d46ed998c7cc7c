"""What PostgreSQL's catalog says of a table that is to be partitioned."""

from dataclasses import dataclass

from django.db.backends.utils import CursorWrapper

#: What a new table would not have, or what would keep the old one from being dropped.
_OBSTACLES = """
    SELECT 'the foreign key ' || conname || ' of ' || conrelid::regclass
        FROM pg_constraint WHERE contype = 'f' AND confrelid = %(table)s::regclass
    UNION ALL SELECT 'the trigger ' || tgname
        FROM pg_trigger WHERE tgrelid = %(table)s::regclass AND NOT tgisinternal
    UNION ALL SELECT 'the policy ' || polname
        FROM pg_policy WHERE polrelid = %(table)s::regclass
    UNION ALL SELECT 'the publication ' || pubname
        FROM pg_publication_rel JOIN pg_publication AS p ON p.oid = prpubid
        WHERE prrelid = %(table)s::regclass
    UNION ALL SELECT 'privileges on the column ' || attname
        FROM pg_attribute WHERE attrelid = %(table)s::regclass AND attacl IS NOT NULL
    UNION ALL SELECT 'the unique index ' || indexrelid::regclass
        FROM pg_index
        WHERE indrelid = %(table)s::regclass AND indisunique AND NOT indisprimary AND NOT (
            SELECT attnum FROM pg_attribute WHERE attrelid = indrelid AND attname = %(key)s
        ) = ANY(indkey)
    UNION ALL SELECT DISTINCT 'the view ' || ev_class::regclass
        FROM pg_depend JOIN pg_rewrite ON pg_rewrite.oid = objid
        WHERE classid = 'pg_rewrite'::regclass AND refobjid = %(table)s::regclass
"""
_TABLE = """
    SELECT relkind = 'p', quote_ident(pg_get_userbyid(relowner)), relowner <> current_user::regrole,
        array_to_string(reloptions, ', '), pg_get_serial_sequence(%(table)s, 'id')
    FROM pg_class WHERE oid = %(table)s::regclass
"""
_COLUMNS = """
    SELECT quote_ident(attname),
        (SELECT string_agg(one, ', ') FROM unnest(attoptions) AS one WHERE one ^@ 'n_distinct')
    FROM pg_attribute WHERE attrelid = %(table)s::regclass AND attnum > 0 AND NOT attisdropped
    ORDER BY attnum
"""
_CONSTRAINTS = """
    SELECT quote_ident(conname), contype = 'p', pg_get_constraintdef(oid)
    FROM pg_constraint WHERE conrelid = %(table)s::regclass AND contype IN ('p', 'u', 'f')
    ORDER BY contype = 'f', conname
"""
_INDEXES = """
    SELECT pg_get_indexdef(indexrelid)
    FROM pg_index WHERE indrelid = %(table)s::regclass AND indisvalid AND NOT EXISTS (
        SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u'))
    ORDER BY indexrelid
"""
_PARTITIONS = """
    SELECT inhrelid::regclass::text
    FROM pg_inherits WHERE inhparent = %(table)s::regclass ORDER BY 1
"""
_GRANTS = """
    SELECT privilege_type, CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END
    FROM pg_class, aclexplode(relacl)
    WHERE pg_class.oid = %(table)s::regclass AND grantee <> relowner ORDER BY 2, 1
"""
#: An identity counts for whoever may insert; a plain sequence only for who may use it.
_SEQUENCE_GRANTS = """
    SELECT privilege_type, CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END
    FROM pg_class, aclexplode(relacl)
    WHERE pg_class.oid = pg_get_serial_sequence(%(table)s, 'id')::regclass AND grantee <> relowner
    UNION SELECT 'USAGE', CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END
    FROM pg_class, aclexplode(relacl)
    WHERE pg_class.oid = %(table)s::regclass AND privilege_type = 'INSERT' AND grantee <> relowner
    ORDER BY 2, 1
"""


@dataclass(frozen=True)
class Table:
    """A table as it is. All names and definitions are quoted as in SQL.

    :param name: its name.
    :param is_partitioned: whether it is split into partitions already.
    :param partitions: the names of these.
    :param role: its owner, if that is not who asks; "" otherwise.
    :param options: its storage parameters, separated by commas.
    :param sequence: the sequence that counts its ids, with its schema.
    :param columns: the names of its columns, and what the planner is told of their values.
    :param primary_key: the name of the constraint.
    :param constraints: other constraints that are no checks: names and definitions.
    :param indexes: the statements that make its other indexes.
    :param grants: privileges of others: what, and who.
    :param sequence_grants: those that others need for a sequence of their own.
    :param obstacles: what forbids to replace it, in words.
    """

    name: str
    is_partitioned: bool
    partitions: list[str]
    role: str
    options: str
    sequence: str
    columns: dict[str, str]
    primary_key: str
    constraints: dict[str, str]
    indexes: list[str]
    grants: list[tuple[str, str]]
    sequence_grants: list[tuple[str, str]]
    obstacles: list[str]


def describe(cursor: CursorWrapper, name: str, key: str) -> Table:
    """Read the description of a table.

    :param name: its name in the database, which needs no quotes.
    :param key: the column that is to decide a row's partition.
    """
    values = {"table": name, "key": key}

    def rows(query: str) -> list[tuple[str, ...]]:
        cursor.execute(query, values)
        return list(cursor.fetchall())

    [(is_partitioned, owner, is_foreign, options, sequence)] = rows(_TABLE)
    constraints = rows(_CONSTRAINTS)
    return Table(
        name,
        bool(is_partitioned),
        [partition for (partition,) in rows(_PARTITIONS)],
        owner if is_foreign else "",
        options or "",
        sequence,
        {column: of_planner or "" for column, of_planner in rows(_COLUMNS)},
        next(constraint for constraint, is_primary, _ in constraints if is_primary),
        {constraint: text for constraint, is_primary, text in constraints if not is_primary},
        [text for (text,) in rows(_INDEXES)],
        [(what, who) for what, who in rows(_GRANTS)],
        [(what, who) for what, who in rows(_SEQUENCE_GRANTS)],
        [text for (text,) in rows(_OBSTACLES)],
    )
