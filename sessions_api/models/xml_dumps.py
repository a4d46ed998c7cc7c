"""Django's XML for ``dumpdata``, where rows may name accounts that are gone.

A project names this module in its setting ``SERIALIZATION_MODULES``, under ``xml``.
"""

from django.core.serializers import xml_serializer
from django.db import models

from sessions_api.models.accounts import GoneAccount

Deserializer = xml_serializer.Deserializer


class Serializer(xml_serializer.Serializer):
    """Writes the key of such an account as it is, which loading takes as it is.

    Django's takes whatever stands for a row for parts of its natural key, one after another: of a
    number it would fail, and of a text it would write the characters.
    """

    def handle_fk_field(
        self, obj: models.Model, field: "models.ForeignKey[models.Model, models.Model]"
    ) -> None:
        natural = self.use_natural_foreign_keys
        if natural and isinstance(getattr(obj, field.name), GoneAccount):
            self.use_natural_foreign_keys = False
        super().handle_fk_field(obj, field)
        self.use_natural_foreign_keys = natural
