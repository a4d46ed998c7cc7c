"""Securing an account whose owner disowns an operation by the link of a notice."""

from dataclasses import dataclass
from functools import partial

from django.contrib.auth.base_user import AbstractBaseUser
from django.urls import NoReverseMatch
from django.utils import timezone

from sessions_api.accounts.mail import address_of, is_same_address, new_password_path
from sessions_api.callers.clients import Client
from sessions_api.notices.models import Notice
from sessions_api.notices.services.links import LinkUsed, read_link
from sessions_api.notices.services.outbox import write_new_password_link
from sessions_api.services.audit import Actor
from sessions_api.services.notices import suppress_notices
from sessions_api.services.passwords import PasswordChanged
from sessions_api.services.securing import password_mark, secure_account

#: The actor and reason in the audit log. The actor is not the account, because somebody else may
#: be using it.
ACTOR = "the owner, by a mailed link"
REASON = "The owner did not know about: {}"
#: The number of attempts if the password changes in the meantime.
ATTEMPTS = 5


@dataclass(frozen=True)
class Disowned:
    """The result of :func:`disown`.

    :param sessions: the number of sessions that were ended.
    :param is_link_mailed: whether a link for a new password is mailed.
    """

    sessions: int
    is_link_mailed: bool


def will_mail_link(notice: Notice) -> bool:
    """Return whether the owner who disowns a notice gets a link for a new password.

    No link is mailed if the account's address has changed since: either an attacker has changed it,
    or the owner has, because an attacker reads the old one. Nor if staff have blocked the login by
    an unusable password, or another service stores the passwords.
    """
    account: AbstractBaseUser = notice.user
    try:
        new_password_path(account)
    except NoReverseMatch:
        return False
    return account.has_usable_password() and is_same_address(address_of(account), notice.address)


def disown(token: str, *, client: Client) -> Disowned:
    """Secure the account of a link's notice: all its sessions end, and its password is revoked.

    Second factors stay, because access to the mailbox alone must not suffice to remove them. Staff
    may secure their own accounts like everybody else.

    :raises LinkUnusable: the link does not work; nothing was done.
    :raises PasswordChanged: the password changed during each attempt; nothing was done.
    :raises Overloaded: too many passwords are being hashed at present; nothing was done.
    """
    for _ in range(ATTEMPTS - 1):
        try:
            return _disown(token, client)
        except PasswordChanged:
            continue
    return _disown(token, client)


def _disown(token: str, client: Client) -> Disowned:
    notice = read_link(token).notice
    account: AbstractBaseUser = notice.user
    mail_to = notice.address if will_mail_link(notice) else ""
    with suppress_notices():
        secured = secure_account(
            account,
            actor=Actor(name=ACTOR, client=client),
            reason=REASON.format(notice.kind),
            mark=password_mark(account),
            mail_to=mail_to,
            claim=partial(_claim, notice, mail_to),
        )
    return Disowned(secured.sessions, bool(mail_to))


def _claim(notice: Notice, mail_to: str, account: AbstractBaseUser) -> None:
    """Use up the link, and store the mail with a link for a new password, with the account locked.

    :raises LinkUsed: it has been used in the meantime.
    :raises PasswordChanged: the address has been changed in the meantime.
    """
    if mail_to and not is_same_address(address_of(account), mail_to):
        raise PasswordChanged(account)
    now = timezone.now()
    links = Notice.objects.filter(pk=notice.pk, link_closed_at=None)
    if not links.update(link_closed_at=now, disowned_at=now):
        raise LinkUsed
    if mail_to:
        write_new_password_link(account, mail_to)
