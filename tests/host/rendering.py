"""How this host renders its accounts."""

from datetime import UTC, datetime

from django.contrib.auth.base_user import AbstractBaseUser

from sessions_api.http.schemas import text
from sessions_api.http.shapes import Field
from sessions_api.users.rendering import AccountRenderer, ShownAccount

FOUNDED = datetime(2026, 1, 1, tzinfo=UTC)


class MemberRenderer(AccountRenderer):
    """Members have a club, and have all been there from the beginning."""

    def created_at(self, account: AbstractBaseUser) -> datetime | None:
        return FOUNDED

    def fields(self) -> dict[str, Field[ShownAccount]]:
        club: Field[ShownAccount] = Field(text("The member's club."), lambda shown: "chess")
        return {**super().fields(), "club": club}
