"""Starting the background thread with the first request that a process serves."""

from django.core.handlers.base import BaseHandler
from django.core.signals import request_started
from django.dispatch import receiver

from sessions_api.conf import api_settings
from sessions_api.notices.services.background import sender

#: The package of the handlers of test clients.
OF_TESTS = "django.test."


@receiver(request_started)
def send_what_is_left(*, sender: object, **_: object) -> None:
    """Have notices sent that an earlier process has left, and then listen no more.

    A thread that started with the process would run in every command as well, and not outlive the
    forks of a server.
    """
    is_server = isinstance(sender, type) and issubclass(sender, BaseHandler)
    if not is_server or sender.__module__.startswith(OF_TESTS):
        return
    request_started.disconnect(send_what_is_left)
    if api_settings().NOTICES:
        wake()


def wake() -> None:
    """Wake the thread of this process."""
    sender().wake()
