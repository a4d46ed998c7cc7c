"""Changes of the email address of an account."""

from django.contrib.auth.base_user import AbstractBaseUser

from sessions_api.accounts.mail import address_of, is_same_address
from sessions_api.services.audit import Actor
from sessions_api.services.notices import NoticeKind, tell


def note_new_email(account: AbstractBaseUser, *, before: AbstractBaseUser, actor: Actor) -> None:
    """Tell the owner of an account at the former email address if the account has another now.

    An attacker who takes over an account may change its address first. A host calls this where its
    own code has changed one, in the transaction of the change.

    :param before: the account as it was before the change.
    """
    former = address_of(before)
    if former and not is_same_address(former, address_of(account)):
        tell(NoticeKind.NEW_EMAIL, account, actor=actor, address=former)
