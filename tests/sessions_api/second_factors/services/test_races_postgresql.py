"""Concurrent answers: what can be used once succeeds once."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password

from sessions_api.models import AuditEvent, UserSession
from sessions_api.second_factors.models import BackupCode, SecondFactor
from sessions_api.second_factors.services import enrolment
from sessions_api.services.audit import Actor
from tests.api import Api, Login
from tests.cast import PASSWORD
from tests.rate_clock import Clock
from tests.sessions_api.passwords.cheap import CHEAP
from tests.sessions_api.second_factors.challenges import FACTORS, answer, by_code, challenge
from tests.sessions_api.second_factors.totp import App
from tests.together import together

pytestmark = pytest.mark.django_db(transaction=True)

trials = pytest.mark.parametrize("trial", range(3))


def statuses(*calls: Callable[[], Any]) -> Counter[int]:
    return Counter(response.status_code for response in together(*calls))


def logins(*bodies: dict[str, Any]) -> Counter[int]:
    return statuses(*[lambda body=body: Api()("POST", "/login", body) for body in bodies])


@trials
def test_challenges_of_parallel_logins_that_upgrade_the_hash(
    ann: Any, anns_app: App, settings: Any, trial: int
) -> None:
    """Ann has no session that would show the upgrade."""
    settings.PASSWORD_HASHERS = [*settings.PASSWORD_HASHERS[:1], CHEAP]
    ann.password = make_password(PASSWORD, hasher="pbkdf2_sha256")
    get_user_model().objects.filter(pk=ann.pk).update(password=ann.password)
    asked = together(*[lambda: challenge(Api())] * 4)
    for one, code in zip(asked, anns_app.backup_codes or [], strict=False):
        body = answer(one["token"], "backup", code)
        assert Api()("POST", "/login", body).status_code == 201


@trials
def test_a_code_in_many_challenges(anns_app: App, trial: int) -> None:
    code = anns_app.next_code()
    bodies = [by_code(challenge(Api()), code) for _ in range(4)]
    assert logins(*bodies) == {201: 1, 401: 3}
    assert UserSession.objects.count() == 1


@trials
def test_a_backup_code_in_many_challenges(anns_app: App, trial: int) -> None:
    assert anns_app.backup_codes
    code = anns_app.backup_codes[0]
    bodies = [answer(challenge(Api())["token"], "backup", code) for _ in range(4)]
    assert logins(*bodies) == {201: 1, 401: 3}
    assert (UserSession.objects.count(), BackupCode.objects.count()) == (1, 9)


@trials
def test_a_challenge_with_many_right_answers(anns_app: App, trial: int) -> None:
    assert anns_app.backup_codes
    asked = challenge(Api())
    bodies = [answer(asked["token"], "backup", code) for code in anns_app.backup_codes[:3]]
    assert logins(by_code(asked, anns_app.next_code()), *bodies) == {201: 1, 401: 3}
    assert UserSession.objects.count() == 1


@trials
def test_an_assertion_sent_many_times(anns_key: Any, trial: int) -> None:
    asked = challenge(Api())
    body = answer(asked["token"], "webauthn", anns_key.get(asked["challenge"]))
    assert logins(*[body] * 4) == {201: 1, 401: 3}


@pytest.mark.ratelimited
def test_parallel_attempts_do_not_exceed_the_limit(anns_app: App, limits_clock: Clock) -> None:
    wrong = by_code(challenge(Api()), anns_app.wrong_code())
    callers = [Api(address=f"203.0.113.{n}") for n in range(12)]
    calls = [lambda caller=caller: caller("POST", "/login", wrong) for caller in callers]
    assert statuses(*calls) == {401: 5, 429: 7}


@trials
def test_an_enrolment_confirmed_many_times(me: Login, clock: Any, trial: int) -> None:
    begun = enrolment.begin_totp(Actor(user=me.user))
    body = {"token": begun["token"], "name": "x", "code": App(begun["secret"], clock).code()}
    calls = [lambda: me.api("POST", f"{FACTORS}/totp/confirm", body)] * 4
    assert statuses(*calls) == {201: 1, 401: 3}
    assert (SecondFactor.objects.count(), BackupCode.objects.count()) == (1, 10)


@trials
def test_two_concurrent_first_factors_create_one_set_of_backup_codes(
    me: Login, clock: Any, trial: int
) -> None:
    bodies = [
        {"token": begun["token"], "name": "x", "code": App(begun["secret"], clock).code()}
        for begun in (enrolment.begin_totp(Actor(user=me.user)) for _ in range(3))
    ]
    path = f"{FACTORS}/totp/confirm"
    responses = together(*[lambda body=body: me.api("POST", path, body) for body in bodies])
    assert [response.status_code for response in responses] == [201] * 3
    assert sum("backupCodes" in response.json() for response in responses) == 1
    assert BackupCode.objects.count() == 10


@trials
def test_concurrent_removals_remove_once(
    me: Login, anns_app: App, log_in: Callable[..., Login], trial: int
) -> None:
    path = f"{FACTORS}/all"
    assert anns_app.backup_codes
    bodies = [
        answer(me.api("DELETE", path, {"password": PASSWORD}).json()["token"], "backup", code)
        for code in anns_app.backup_codes[:3]
    ]
    responses = together(*[lambda body=body: me.api("DELETE", path, body) for body in bodies])
    # After the removal, an answer is from a user without factors.
    removed = [one.json()["count"] for one in responses if one.status_code == 200]
    assert sum(removed) == 1
    assert {one.status_code for one in responses} <= {200, 400, 401}
    assert AuditEvent.objects.filter(kind="factors_removed").count() == 1
    assert not BackupCode.objects.exists()
