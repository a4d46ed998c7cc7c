"""Receivers of signals: they start the background thread, and report logins to pages."""

from django.contrib.auth import user_logged_in
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.signals import request_started
from django.db import transaction
from django.dispatch import receiver
from django.http import HttpRequest

from sessions_api.accounts.lookup import lock
from sessions_api.callers.clients import Client
from sessions_api.databases.background import is_server
from sessions_api.notices.services.background import sender
from sessions_api.notices.services.origins import Origins, learn_origins
from sessions_api.notices.services.outbox import is_told
from sessions_api.notices.services.readiness import can_be_sent
from sessions_api.services.audit import Actor
from sessions_api.services.notices import NoticeKind, are_wanted, tell

UNKNOWN = Client(address=None, user_agent="")


@receiver(request_started)
def resume_delivery(*, sender: object, **_: object) -> None:
    """Send the notices that an earlier process left unsent, at the first request only.

    A thread that started with the process would also run in every command, and would not survive
    the forks of a server.
    """
    if not is_server(sender):
        return
    request_started.disconnect(resume_delivery)
    if are_wanted() and can_be_sent():
        wake()


def wake() -> None:
    """Wake the thread of this process."""
    sender().wake()


@receiver(user_logged_in)
def handle_page_login(
    *, user: AbstractBaseUser, request: HttpRequest | None, session: object = None, **_: object
) -> None:
    """Notify the owner of a login to Django's pages, such as the admin, from a new origin.

    :param session: the session of the API that the login has created, which has handled this in
        its own transaction; None for a login by Django's cookie.
    """
    if session is not None or request is None or not is_told(NoticeKind.NEW_LOGIN, user):
        return
    client = Client.of(request)
    if client == UNKNOWN:  # that of force_login() in tests
        return
    with transaction.atomic():
        account = lock(user)
        if account is not None and (new := learn_origins(Origins.of_client(account, client))):
            actor = Actor(user=account, client=client)
            tell(NoticeKind.NEW_LOGIN, account, actor=actor, new=sorted(new))
