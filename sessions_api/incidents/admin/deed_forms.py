"""The forms of what is done in the room of an incident."""

from collections.abc import Mapping

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from sessions_api.admin.bulk_sign_outs.forms import ReasonedEndForm
from sessions_api.admin.reasons import ReasonField
from sessions_api.incidents.models.incidents import NOTE_LENGTH
from sessions_api.incidents.models.jobs import TEXT_LENGTH
from sessions_api.incidents.services.incidents import plain_lines


class EndForm(ReasonedEndForm):
    """Confirms that the sessions of an incident are to be ended.

    :param everybody: as in the base class.
    :param alone: whether to offer to do without a second person, by the button of that name.
    """

    required_css_class = "required"

    alone_because = ReasonField(
        label=_("Why nobody else can be reached"),
        required=False,
        help_text=_("The sessions end at once. This is recorded in the audit log."),
    )
    #: The newest sign-out that the page knew of, so that a page sent twice has an effect once.
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)
    #: The mark of the filter that the page showed.
    shown = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        everybody: bool,
        alone: bool,
        initial: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(data, everybody=everybody, initial=initial)
        if not alone:
            self.leave_out_alone()

    def leave_out_alone(self) -> None:
        """Do not offer to do without a second person."""
        self.fields.pop("alone_because", None)

    def clean(self) -> dict[str, object]:
        """Require the reason for doing without a second person, and only then."""
        cleaned = self.cleaned_data
        if "alone" not in self.data:
            # The Enter key in its field presses the first button.
            cleaned["alone_because"] = ""
        elif not cleaned.get("alone_because", "-"):
            self.add_error("alone_because", _("Enter why nobody else can be reached."))
        return cleaned


class TextField(forms.CharField):
    """A text of several lines, in which a line break is one character, as browsers count it."""

    def to_python(self, value: object) -> str:
        """Return the text with line breaks as they are stored."""
        return plain_lines(str(super().to_python(value)))


class TellForm(forms.Form):
    """The text of the mail to the owners."""

    required_css_class = "required"

    text = TextField(
        label=_("Text"),
        max_length=TEXT_LENGTH,
        widget=forms.Textarea(attrs={"class": "vLargeTextField", "rows": 8, "dir": "auto"}),
        help_text=_(
            "Paragraphs are separated by empty lines. All owners get this text as it is, whatever "
            "their language; the suggestion is in the language of the service's mails."
        ),
    )


class NoteForm(forms.Form):
    """A note for the timeline."""

    required_css_class = "required"

    text = TextField(
        label=_("Note"),
        max_length=NOTE_LENGTH,
        widget=forms.Textarea(attrs={"class": "vLargeTextField", "rows": 2, "dir": "auto"}),
    )
