"""An XML serializer for ``dumpdata`` that supports references to deleted accounts.

To use it, set ``SERIALIZATION_MODULES = {"xml": "sessions_api.models.xml_dumps"}``.
"""

from django.core.serializers import xml_serializer
from django.db import models

from sessions_api.models.accounts import DeletedAccount

Deserializer = xml_serializer.Deserializer


class Serializer(xml_serializer.Serializer):
    """Writes the primary key of a deleted account where others have a natural key.

    Django's serializer iterates over whatever ``natural_key()`` returns: it would fail for a number
    and split a text into characters.
    """

    def handle_fk_field(
        self, obj: models.Model, field: "models.ForeignKey[models.Model, models.Model]"
    ) -> None:
        natural = self.use_natural_foreign_keys
        if natural and isinstance(getattr(obj, field.name), DeletedAccount):
            self.use_natural_foreign_keys = False
        super().handle_fk_field(obj, field)
        self.use_natural_foreign_keys = natural
