"""A condition that finds the partition of a row, and leaves its column in the order of an index."""

from django.db.models import BooleanField, F, Field, Func, Value


def is_in_array(name: str, value: object, field: "Field[object, object]") -> Func:
    """Return the condition ``column = ANY(ARRAY[value])``, for PostgreSQL.

    :param name: the name of the column's field.
    :param field: the field that converts the value for the database.
    """
    return Func(
        F(name),
        Value(value, output_field=field),
        template="%(expressions)s])",
        arg_joiner=" = ANY(ARRAY[",
        output_field=BooleanField(),
    )
