"""The implementation of the port in :mod:`sessions_api.services.notices`."""

from collections.abc import Collection

from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import TextChoices
from django.utils import timezone

from sessions_api.accounts.kinds import AccountKey
from sessions_api.models import UserSession
from sessions_api.notices.models import Notice
from sessions_api.notices.services.origins import Origins, forget_origins, learn_origins
from sessions_api.notices.services.outbox import are_sent, is_told, write_notices
from sessions_api.services.audit import Actor
from sessions_api.services.notices import NoticeKind, Notices, are_wanted


class MailedNotices(Notices):
    """Send notices by mail. The base class documents the methods."""

    def tell(
        self,
        kind: TextChoices,
        owners: Collection[AbstractBaseUser],
        *,
        actor: Actor,
        address: str | None = None,
        detail: dict[str, object],
    ) -> None:
        write_notices(kind, owners, actor=actor, address=address, detail=detail)

    def are_sent(self, kind: TextChoices) -> bool:
        return are_sent(kind)

    def reach(self, kind: TextChoices, owner: AbstractBaseUser) -> bool:
        return is_told(kind, owner)

    def learn_origins(self, owner: AbstractBaseUser, session: UserSession) -> Collection[str]:
        if not is_told(NoticeKind.NEW_LOGIN, owner):
            return ()
        return learn_origins(Origins.of_session(session))

    def forget_origins(
        self, owners: Collection[AccountKey], *, keep: UserSession | None = None
    ) -> None:
        if owners and are_sent(NoticeKind.NEW_LOGIN):
            forget_origins(owners, keep=keep)

    def note_secured(self, owner: AbstractBaseUser) -> None:
        if not are_wanted():
            return
        self.forget_origins([owner.pk])
        links = Notice.objects.filter(user_id=owner.pk, link_closed_at=None)
        links.update(link_closed_at=timezone.now())
