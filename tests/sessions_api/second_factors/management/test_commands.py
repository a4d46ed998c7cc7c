"""``manage.py reencrypt_second_factors``, and pruning of second factor data."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import override_settings

from sessions_api.second_factors.models import SecondFactor, SpentToken
from sessions_api.second_factors.pruning import spent_tokens
from sessions_api.second_factors.services.encryption import DecryptionError, decrypt
from sessions_api.services.pruning import ObsoleteRows
from tests.sessions_api.second_factors.totp import App

pytestmark = pytest.mark.django_db

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


def keys(*texts: str) -> Any:
    return override_settings(SESSIONS_API=settings.SESSIONS_API | {"ENCRYPTION_KEYS": texts})


def run(command: str, **options: Any) -> str:
    output = StringIO()
    call_command(command, stdout=output, **options)
    return output.getvalue()


class TestReencryption:
    @pytest.mark.parametrize("batch_size", [1, 2, 3, 500])
    def test_secrets_are_encrypted_with_the_first_key(
        self, ann: Any, enrol_app: Callable[..., App], batch_size: int
    ) -> None:
        with keys(OLD):
            for _ in range(3):
                enrol_app(ann)
            secrets = {one.pk: decrypt(one.secret) for one in SecondFactor.objects.all()}
        with keys(NEW, OLD):
            printed = run("reencrypt_second_factors", batch_size=batch_size)
        assert printed == "Second factors encrypted under the first key: 3\n"
        with keys(NEW):
            after = {one.pk: decrypt(one.secret) for one in SecondFactor.objects.all()}
        assert after == secrets

    def test_undecipherable_secrets_are_listed_and_kept(
        self, ann: Any, enrol_app: Callable[..., App]
    ) -> None:
        with keys(OLD):
            lost = enrol_app(ann).factor
        with keys(NEW):
            found = enrol_app(ann).factor
        assert lost
        assert found
        output = StringIO()
        with (
            keys(Fernet.generate_key().decode(), NEW),
            pytest.raises(CommandError) as error,
        ):
            call_command("reencrypt_second_factors", stdout=output)
        assert str(error.value) == f"No key can decrypt the second factors {lost.pk}."
        assert output.getvalue() == "Second factors encrypted under the first key: 1\n"
        assert SecondFactor.objects.get(pk=lost.pk).secret == lost.secret
        found.refresh_from_db()
        with keys(NEW), pytest.raises(DecryptionError):
            decrypt(found.secret)

    def test_without_second_factors(self) -> None:
        assert run("reencrypt_second_factors").endswith(": 0\n")

    def test_an_invalid_batch_size(self) -> None:
        with pytest.raises(CommandError):
            run("reencrypt_second_factors", batch_size=0)


class TestPruning:
    def spend(self, count: int, *, minutes: int) -> None:
        expires_at = datetime.now(UTC) + timedelta(minutes=minutes)
        SpentToken.objects.bulk_create(SpentToken(expires_at=expires_at) for _ in range(count))

    def spent(self) -> ObsoleteRows:
        obsolete_rows = spent_tokens()
        assert obsolete_rows is not None
        return obsolete_rows

    def test_spent_tokens_are_deleted_after_they_have_expired(self) -> None:
        self.spend(7, minutes=-61)
        self.spend(3, minutes=-59)
        assert run("prune_sessions", dry_run=True) == (
            "Expired sessions that would be removed: 0\n"
            "Sessions ended by a limit or a new password that would be removed: 0\n"
            "Spent tokens that would be removed: 7\n"
            "Old notices that would be removed: 0\n"
            "Devices and places not used for long that would be removed: 0\n"
            "Old ended sessions that would be removed: 0\n"
            "Ended sessions of deleted accounts that would be removed: 0\n"
        )
        assert SpentToken.objects.count() == 10
        assert run("prune_sessions", batch_size=3) == (
            "Expired sessions removed: 0\nSessions ended by a limit or a new password removed: 0\n"
            "Spent tokens removed: 7\nOld notices removed: 0\n"
            "Devices and places not used for long removed: 0\nOld ended sessions removed: 0\n"
            "Ended sessions of deleted accounts removed: 0\n"
        )
        assert SpentToken.objects.count() == 3
        assert "Spent tokens removed: 0\n" in run("prune_sessions")

    def test_the_number_of_batches_is_limited(self) -> None:
        self.spend(7, minutes=-61)
        assert list(self.spent().prune(2, max_batches=2)) == [2, 2]
        assert list(self.spent().prune(3)) == [3]

    def test_clock_skew_is_allowed_for(self) -> None:
        SpentToken.objects.create(expires_at=datetime.now(UTC))
        assert list(self.spent().prune(10)) == []
