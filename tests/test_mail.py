"""Mail: how the environment sets it up, and the pages that a mailed link leads to."""

import os
from pathlib import Path

import pytest
from django.contrib.auth.tokens import default_token_generator
from django.test import Client as Browser
from django.urls import reverse
from django.utils.http import urlsafe_base64_encode

from tests.test_settings import finish, setting, start
from tests.test_settings import production as production

MAIL = "[s.EMAIL_BACKEND.split('.')[-2], s.EMAIL_HOST, s.EMAIL_PORT, s.DEFAULT_FROM_EMAIL]"


class TestSettings:
    def test_a_server_that_takes_it(self, production: dict[str, str]) -> None:
        given = production | {
            "EMAIL_URL": "smtp+tls://ann:p%40ss@mail.example.org:587",
            "DEFAULT_FROM_EMAIL": "Cumulonimbus <hello@example.org>",
        }
        sender = "Cumulonimbus <hello@example.org>"
        assert setting(MAIL, **given) == ["smtp", "mail.example.org", 587, sender]
        secrets = "[s.EMAIL_USE_TLS, s.EMAIL_HOST_USER, s.EMAIL_HOST_PASSWORD]"
        assert setting(secrets, **given) == [True, "ann", "p@ss"]

    def test_one_that_hangs_is_given_up(self, production: dict[str, str]) -> None:
        assert setting("s.EMAIL_TIMEOUT", **production) == 10

    @pytest.mark.parametrize("empty", [{}, {"EMAIL_URL": ""}])
    def test_without_one(self, production: dict[str, str], empty: dict[str, str]) -> None:
        backend, *_ = setting(MAIL, **production | empty)  # type: ignore[misc]
        assert backend == "dummy"
        state = os.environ["STATE_DIR"]
        backend, *_ = setting(MAIL, DEBUG="true", STATE_DIR=state, **empty)  # type: ignore[misc]
        assert backend == "console"

    def test_what_is_no_url_of_mail_is_refused(self, tmp_path: Path) -> None:
        given = {"DEBUG": "true", "STATE_DIR": str(tmp_path), "EMAIL_URL": "gopher://mail"}
        code, _, err = finish(start("manage.py", "check", **given))
        assert code != 0
        assert "gopher" in err


@pytest.mark.django_db
class TestPages:
    @pytest.mark.parametrize("uid", ["x", "_", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5", "AA", "%00"])
    @pytest.mark.parametrize("token", ["x", "set-password", "c3k-" + "0" * 32, "x" * 5000])
    def test_links_that_nobody_mailed(self, uid: str, token: str) -> None:
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

    def test_nobody_can_ask_for_mail(self) -> None:
        for path in ("", "reset/", "forgotten/"):
            assert Browser().get(f"/account/password/{path}").status_code == 404
        assert "password_reset" not in Browser().get("/admin/login/").content.decode()
