"""``manage.py demo``: run the service on this machine with demo accounts."""

import argparse
import io
import json
import secrets
import socket

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from cumulonimbus.configuration.local_secrets import read_or_create
from cumulonimbus.configuration.mail import LOCAL_SITE
from cumulonimbus.models import User
from cumulonimbus.samples.data import sample_logins
from cumulonimbus.samples.story import (
    HIJACKED,
    authenticator_secret,
    create_story,
    enrol_authenticator,
)
from sessions_api.callers.clients import Client
from sessions_api.conf import api_settings
from sessions_api.management.commands.create_helper_group import HELPERS
from sessions_api.services.notices import suppress_notices
from sessions_api.services.session_creation import create_session
from sessions_api.testing import frozen_clock

HOST = "127.0.0.1"
#: The name of the same host that is printed, because WebAuthn does not work with IP addresses.
NAME = "localhost"
ADMIN, HELPER = "admin", "helper"
#: The second person, who approves what the first one requests.
DEPUTY = "deputy"
#: The account with an authenticator app.
CAREFUL = "erin"
#: The account in the sample login. Not ann, because the tutorial lists her sessions.
GUEST = "bob"
#: The accounts that may log in to the admin.
STAFF = (ADMIN, DEPUTY, HELPER)
#: What is printed beside passwords.
NOTES = {
    CAREFUL: "with a second factor",
    ADMIN: "staff, may do everything",
    DEPUTY: "staff, may do everything, as a second person",
    HELPER: "staff, may only look",
}
USERNAMES = ("ann", GUEST, "carol", CAREFUL, *STAFF)
#: Rates that let somebody try things, and go through the tutorial several times in a row.
RATES = {"LOGIN": (30, 300), "OLDER_LOGIN": (30, 180), "SCOPED_SESSION": (30, 300)}


class Command(BaseCommand):
    help = "Prepare a database with accounts and sessions to try things with, and serve it."
    # handle() runs the checks later, so that its own errors come first.
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=_port, default=8000, help="default: %(default)s")
        parser.add_argument("--no-serve", action="store_true", help="prepare only, do not serve")

    def handle(
        self, *_args: object, port: int, no_serve: bool, verbosity: int, **_options: object
    ) -> None:
        if not settings.DEBUG:
            raise CommandError(
                "The demo creates accounts and prints their passwords, so it only runs with "
                "DEBUG=true in the environment. Never run it on a database that matters."
            )
        if not no_serve:
            _require_free(port)
        _adapt_settings(port)
        self.check()
        call_command("migrate", interactive=False, verbosity=max(verbosity - 1, 0))
        call_command("create_helper_group", stdout=io.StringIO())
        passwords = _passwords()
        # Nobody is told by mail what has never happened.
        with suppress_notices():
            usable = {name: one for name, one in passwords.items() if _prepare_account(name, one)}
            create_story(timezone.now())
        self._introduce(port, passwords, usable)
        if not no_serve:
            call_command("runserver", f"{HOST}:{port}", use_reloader=False, verbosity=verbosity)

    def _introduce(self, port: int, passwords: dict[str, str], usable: dict[str, str]) -> None:
        base = f"http://{NAME}:{port}"
        lines = [
            "",
            f"API    {base}/api/",
            f"Docs   {base}/api/docs/",
            f"Admin  {base}/admin/",
            *([f"Pages  {base}/account/"] if settings.ACCOUNT_PAGES else []),
            "",
            "Account   Password",
        ]
        lines += [
            f"{name:<9} {usable.get(name, '(changed: the one that you have set)')}"
            + (f" ({NOTES[name]})" if name in NOTES else "")
            for name in passwords
        ]
        if secret := authenticator_secret(User.objects.get_by_natural_key(CAREFUL)):
            lines += ["", f"Secret of {CAREFUL}'s authenticator app: {secret}"]
        lines += [
            "",
            f"Somebody has hijacked {HIJACKED.username}'s account. Secure it in the admin.",
        ]
        if password := usable.get(GUEST):
            body = json.dumps({"username": GUEST, "password": password})
            lines += [
                "",
                "Log in:",
                f"curl -sS -H 'Content-Type: application/json' -d '{body}' {base}/api/login",
            ]
        self.stdout.write("\n".join([*lines, ""]))
        self.stdout.flush()


def _port(text: str) -> int:
    if text.isascii() and text.isdigit() and 0 < int(text) < 65536:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a port, which is a number from 1 to 65535")


def _require_free(port: int) -> None:
    with socket.socket() as probe:
        # Like the server, ignore connections of a previous server in TIME_WAIT.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise CommandError(
                f"Port {port} of {HOST} cannot be used ({error.strerror}). "
                "Choose another with --port."
            ) from error


def _adapt_settings(port: int) -> None:
    """Allow WebAuthn from pages on this port, unless it is configured for another domain, and more
    logins than usual, unless their rates are configured. Links in mails lead to this port, and
    everybody may read the kill switches as flags of OpenFeature."""
    given = api_settings()
    changes: dict[str, object] = {"RATES": RATES | dict(given.RATES)}
    if given.SITE_URL == LOCAL_SITE:
        changes["SITE_URL"] = f"http://{NAME}:{port}"
    if given.WEBAUTHN_RP_ID == NAME:
        changes["WEBAUTHN_ORIGINS"] = (*given.WEBAUTHN_ORIGINS, f"http://{NAME}:{port}")
    settings.SESSIONS_API = settings.SESSIONS_API | changes
    settings.KILLSWITCHES = settings.KILLSWITCHES | {"OFREP_PUBLIC": True}
    api_settings.cache_clear()


def _passwords() -> dict[str, str]:
    """Return the passwords of the demo accounts, generated once and stored in ``STATE_DIR``."""
    path = settings.STATE_DIR / "demo-accounts.json"
    new = {name: secrets.token_urlsafe(12) for name in USERNAMES}
    text = read_or_create(path, lambda: json.dumps(new, indent=2))
    try:
        kept = json.loads(text)
        passwords = {name: str(kept.get(name, new[name])) for name in USERNAMES}
    except (ValueError, AttributeError) as error:
        raise CommandError(f"{path} is damaged. Delete it to generate new passwords.") from error
    if passwords.keys() - kept.keys():
        # A former version, which had fewer accounts, has made it.
        path.write_text(json.dumps(passwords, indent=2))
    return passwords


def _prepare_account(username: str, password: str) -> bool:
    """Create an account with sample sessions, unless it exists.

    :returns: whether the password is the account's.
    """
    try:
        return User.objects.get_by_natural_key(username).check_password(password)
    except User.DoesNotExist:
        pass
    with transaction.atomic():
        user = User.objects.create_user(
            username,
            email=f"{username}@example.com",
            password=password,
            is_staff=username in STAFF,
            is_superuser=username in {ADMIN, DEPUTY},
        )
        if username == HELPER:
            user.groups.add(Group.objects.get(name=HELPERS))
        if username == CAREFUL:
            enrol_authenticator(user)
        now = timezone.now()
        for login in sample_logins(username):
            with frozen_clock(now - login.age):
                client = Client(login.address, login.user_agent)
                create_session(
                    user,
                    client=client,
                    location=login.location,
                    lifetime=login.lifetime,
                    dialect="v5",
                )
    return True
