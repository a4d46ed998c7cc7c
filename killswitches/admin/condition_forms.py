"""The form fields in which the conditions of a switch are typed."""

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..conditions.conditions import (
    CLIENT_LENGTH,
    DIALECT_LENGTH,
    Conditions,
    InvalidCondition,
    read_conditions,
)
from ..previews import require_known_dialect

#: The longest text of a network, and of the other fields that have no limit of their own.
LONGEST = 64
#: Begins the names of the fields. The page has another field called "version".
PREFIX = "only_"


class ConditionsForm(forms.Form):
    """The conditions of a switch. ``cleaned_data`` has them as ``conditions``, if they are valid.

    The name of each field is that of the condition, after ``only_``.
    """

    only_dialect = forms.CharField(
        label=_("Dialect"),
        required=False,
        max_length=DIALECT_LENGTH,
        help_text=_("The dialect of the API that is called, such as v5."),
    )
    only_client = forms.CharField(
        label=_("Client"),
        required=False,
        max_length=CLIENT_LENGTH,
        help_text=_("The browser or app, by the name that the list of sessions shows."),
    )
    only_version = forms.CharField(
        label=_("Version of the client"),
        required=False,
        max_length=LONGEST,
        help_text=_("5.1 stands for 5.1, 5.1.0, 5.1.1 and so on. Or <5.2, <=5.1, >5.1, >=5.2."),
    )
    only_network = forms.CharField(
        label=_("Network"),
        required=False,
        max_length=LONGEST,
        help_text=_("The network of the caller's address, such as 203.0.113.0/24."),
    )
    only_share = forms.CharField(
        label=_("Share, in percent"),
        required=False,
        max_length=LONGEST,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        help_text=_(
            "1 to 99. Always the same users, and networks of anonymous callers (/24 or /64). A "
            "larger share includes a smaller one."
        ),
    )

    def __init__(self, data: QueryDict | None = None) -> None:
        super().__init__(data)
        attributes = {"class": "vTextField", "autocomplete": "off", "autocapitalize": "off"}
        # On pages from right to left, "<5.2" would read as "5.2>".
        attributes["dir"] = "auto"
        for name in ConditionsForm.base_fields:
            self.fields[name].widget.attrs |= attributes

    def show(self, conditions: Conditions, suggested: QueryDict | None = None) -> None:
        """Fill the fields with conditions, unless the form is bound to data.

        :param suggested: the query of a link to the page. If it has any of the fields, it fills
            them all instead. Nothing is checked before the form is sent.
        """
        texts = {PREFIX + kind: text for kind, text in conditions.as_texts().items()}
        if suggested and ConditionsForm.base_fields.keys() & suggested.keys():
            texts = {name: suggested.get(name, "") for name in ConditionsForm.base_fields}
        self.initial.update(texts)

    def condition_fields(self) -> list[forms.BoundField]:
        """Return the fields of the conditions."""
        return [self[name] for name in ConditionsForm.base_fields]

    def other_fields(self) -> list[forms.BoundField]:
        """Return the fields of subclasses."""
        return [self[name] for name in self.fields if name not in ConditionsForm.base_fields]

    def clean(self) -> dict[str, object]:
        cleaned = self.cleaned_data
        if self.errors.keys() & ConditionsForm.base_fields.keys():
            return cleaned
        typed = {name.removeprefix(PREFIX): cleaned[name] for name in ConditionsForm.base_fields}
        try:
            cleaned["conditions"] = read_conditions(**typed)
            require_known_dialect(cleaned["conditions"])
        except InvalidCondition as error:
            self.add_error(PREFIX + error.kind, gettext(error.text) % error.values)
        return cleaned
