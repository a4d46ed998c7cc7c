"""How the host's accounts are rendered over REST."""

from datetime import datetime

from club.models import Member
from django.contrib.auth.base_user import AbstractBaseUser

from sessions_api.adapter import Adapter
from sessions_api.http.schemas import nullable, text
from sessions_api.http.shapes import Field
from sessions_api.users.rendering import AccountRenderer, ShownAccount


def key_of(shown: ShownAccount) -> str:
    account = shown.account
    return account.id.hex if isinstance(account, Member) else ""


class MemberRenderer(AccountRenderer):
    created_names = ("joined_at",)

    def verified_at(self, account: AbstractBaseUser) -> datetime | None:
        return account.last_login

    def fields(self) -> dict[str, Field[ShownAccount]]:
        return {**super().fields(), "key": Field(nullable(text()), key_of)}


class ClubAdapter(Adapter):
    account_renderer = MemberRenderer
