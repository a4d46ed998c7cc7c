"""Finding texts by how they begin, with an index, in databases of any language."""

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Func
from django.db.models.sql.compiler import SQLCompiler

#: No text that begins with a prefix sorts after the prefix with this character.
LAST = "\U0010ffff"


class ByCodePoint(Func):
    """A text in the order of its code points, in which texts of one prefix are neighbours.

    In the order of a language they need not be, so an index in that order does not find prefixes.
    SQLite knows no other order.
    """

    arity = 1
    template = "%(expressions)s"

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: str
    ) -> tuple[str, tuple[str | int, ...]]:
        return self.as_sql(compiler, connection, template='%(expressions)s COLLATE "C"', **context)
