"""The form that makes an API token."""

from collections.abc import Iterator

from django import forms
from django.contrib.auth.base_user import AbstractBaseUser
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from sessions_api.account.forms.names import NameField
from sessions_api.account.forms.reverification import ReverifiedForm
from sessions_api.account.presentation.durations import lasting
from sessions_api.accounts.lookup import is_staff
from sessions_api.adapter.base import Lifetime
from sessions_api.http.dialects.v5.viewsets import OwnSessionViewSet
from sessions_api.models.liveness import limits_of
from sessions_api.scopes import Scope, all_scopes, description_of, scope_name, staff_mask


class TokenForm(ReverifiedForm):
    """Name, scopes and lifetime. Scopes for staff are offered to staff only."""

    name = NameField(help_text=_("What it is for, so that you recognize it later."))
    scopes = forms.TypedMultipleChoiceField(
        label=_("What it may do"), coerce=int, widget=forms.CheckboxSelectMultiple
    )
    lifetime = forms.TypedChoiceField(
        label=_("How long it works"),
        coerce=Lifetime,
        initial=Lifetime.SCOPED,
        widget=forms.RadioSelect,
    )

    def __init__(self, owner: AbstractBaseUser, *args: object, asks: bool) -> None:
        super().__init__(*args, asks=asks)
        self.fields["scopes"].choices = list(_offered(owner))  # type: ignore[attr-defined]
        self.fields["lifetime"].choices = [  # type: ignore[attr-defined]
            (kind.value, _duration(kind)) for kind in (Lifetime.SCOPED, Lifetime.LONG_LIVED)
        ]

    def clean_scopes(self) -> Scope:
        return Scope(sum(set(self.cleaned_data["scopes"])))


def _duration(kind: Lifetime) -> str:
    lifetime = OwnSessionViewSet.lifetime_of_token(kind)
    longest = limits_of(scoped=True).absolute
    return lasting(lifetime if longest is None else min(lifetime, longest))


def _offered(owner: AbstractBaseUser) -> Iterator[tuple[int, str]]:
    hidden = 0 if is_staff(owner) else staff_mask()
    for scope in all_scopes():
        if not scope & hidden:
            text = description_of(scope)
            yield scope.value, gettext(text) if text else scope_name(scope)
