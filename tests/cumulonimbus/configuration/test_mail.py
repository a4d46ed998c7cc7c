"""Mail settings in the environment, and the pages behind mailed links."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.tokens import default_token_generator
from django.test import Client as Browser
from django.urls import reverse
from django.utils.http import urlsafe_base64_encode

from tests.cumulonimbus.processes import finish, run, setting, start

SENDS_MAIL = """
import django; django.setup()
from sessions_api.accounts.mail import site_sends_mail; print(site_sends_mail())
"""


def mailer_of(attributes: str, **environment: str) -> list[Any]:
    """Return the module of the mail backend, and the values of its attributes."""
    names = attributes.split(", ")
    script = (
        "import json; from tests.mailers import mailer; m = mailer(); "
        f"print(json.dumps([m.__module__.split('.')[-1], *(getattr(m, n) for n in {names})]))"
    )
    found: list[Any] = json.loads(run("-c", script, **environment))
    return found


class TestSettings:
    def test_a_mail_server_is_configured(self, production: dict[str, str]) -> None:
        given = production | {
            "EMAIL_URL": "smtp+tls://ann:p%40ss@mail.example.org:587",
            "DEFAULT_FROM_EMAIL": "Cumulonimbus <hello@example.org>",
        }
        assert setting("s.DEFAULT_FROM_EMAIL", **given) == "Cumulonimbus <hello@example.org>"
        assert mailer_of("host, port, username, password, use_tls, use_ssl", **given) == [
            "smtp", "mail.example.org", 587, "ann", "p@ss", True, False
        ]  # fmt: skip

    def test_a_mail_server_that_does_not_respond_times_out(
        self, production: dict[str, str]
    ) -> None:
        url = "smtp://mail.example.org"
        assert mailer_of("timeout", **production | {"EMAIL_URL": url}) == ["smtp", 10]
        url += "?email_timeout=4"
        assert mailer_of("timeout", **production | {"EMAIL_URL": url}) == ["smtp", 4]

    @pytest.mark.parametrize("empty", [{}, {"EMAIL_URL": ""}])
    def test_without_a_mail_server_no_mail_is_sent(
        self, production: dict[str, str], empty: dict[str, str]
    ) -> None:
        del production["EMAIL_URL"]
        assert run("-c", SENDS_MAIL, **production | empty) == "False\n"
        state = os.environ["STATE_DIR"]
        assert mailer_of("__module__", DEBUG="true", STATE_DIR=state, **empty)[0] == "console"

    def test_an_invalid_mail_url_is_refused(self, tmp_path: Path) -> None:
        given = {"DEBUG": "true", "STATE_DIR": str(tmp_path), "EMAIL_URL": "gopher://mail"}
        code, _, err = finish(start("manage.py", "check", **given))
        assert code != 0
        assert "EMAIL_URL is no URL such as smtp+tls://" in err


@pytest.mark.django_db
class TestPages:
    @pytest.mark.parametrize("uid", ["x", "_", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5", "AA", "%00"])
    @pytest.mark.parametrize("token", ["x", "set-password", "c3k-" + "0" * 32, "x" * 5000])
    def test_forged_links_are_invalid(self, uid: str, token: str) -> None:
        page = Browser().get(f"/account/password/{uid}/{token}/", follow=True)
        assert page.status_code == 200
        assert not page.context["validlink"]

    def test_a_weak_password_is_refused(self, ann: object) -> None:
        uid = urlsafe_base64_encode(str(ann.pk).encode())  # type: ignore[attr-defined]
        token = default_token_generator.make_token(ann)  # type: ignore[arg-type]
        browser = Browser()
        page = browser.get(reverse("password_reset_confirm", args=[uid, token]), follow=True)
        fields = {"new_password1": "password", "new_password2": "password"}
        page = browser.post(page.redirect_chain[-1][0], fields)
        assert "This password is too common." in page.content.decode()
        assert "<title>Error: " in page.content.decode()

    def test_users_cannot_request_mail(self) -> None:
        for path in ("reset/", "forgotten/"):
            assert Browser().get(f"/account/password/{path}").status_code == 404
        assert "password_reset" not in Browser().get("/admin/login/").content.decode()
