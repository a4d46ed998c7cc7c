"""openapi-python-client makes clients of the descriptions, and they work."""

import importlib
import json
import time
from base64 import b32decode
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.cast import PASSWORD
from tests.openapi.callers import Caller
from tests.openapi.clients.places import GENERATED
from tests.openapi.schemas import DIALECTS
from tests.sessions_api.second_factors.totp import code_at

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass
class Generated:
    """A generated package, and the server that it talks to."""

    package: str
    folder: Path
    base_url: str

    def model(self, name: str, /, **fields: Any) -> Any:
        return getattr(importlib.import_module(f"{self.package}.models"), name)(**fields)

    def call(self, operation: str, *, token: str = "", **arguments: Any) -> Any:
        """Call an operation; the model that its answer was parsed as."""
        clients = importlib.import_module(self.package)
        client = clients.Client(base_url=self.base_url)
        if token:
            client = clients.AuthenticatedClient(base_url=self.base_url, token=token)
        (module,) = self.folder.glob(f"api/*/{operation}.py")
        tag = module.parent.name
        endpoint = importlib.import_module(f"{self.package}.api.{tag}.{operation}")
        return endpoint.sync_detailed(client=client, **arguments).parsed


@pytest.fixture(scope="session")
def packages(
    run: Callable[..., str], files: list[str], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Where a package stands for each dialect, under the dialect's name."""
    below = tmp_path_factory.mktemp("packages")
    for name in files:
        path = below / f"client_{Path(name).stem}"
        options = ["--path", name, "--output-path", str(path), "--meta", "none"]
        run("openapi-python-client", "generate", "--fail-on-warning", *options)
    return below


@pytest.fixture
def generated(
    packages: Path, live_server: Any, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], Generated]:
    monkeypatch.syspath_prepend(packages)

    def load(dialect: str) -> Generated:
        name = f"client_{dialect}"
        server = json.loads((GENERATED / f"{dialect}.json").read_text())["servers"][0]
        return Generated(name, packages / name, live_server.url + server["url"])

    return load


@pytest.fixture(autouse=True)
def ann(make_user: Callable[..., Any]) -> Any:
    return make_user("ann")


def test_v5(generated: Callable[[str], Generated]) -> None:
    v5 = generated("v5")
    assert v5.call("hello_hello").hello == "world"
    wrong = v5.model("LoginInput", username="ann", password="wrong")
    assert v5.call("login_create", body=wrong).code == "INVALID_PASSWORD_ERROR"
    token = v5.call("login_create", body=login(v5)).token
    listed = v5.call("own_session_list", token=token, limit=1)
    assert listed.count == 1
    ids = v5.model("IdsInput", ids=[listed.items[0].id, "7"])
    assert v5.call("own_session_destroy_many", token=token, body=ids).count == 1
    assert v5.call("own_session_list", token=token).code == "INVALID_SESSION_ERROR"


@pytest.mark.parametrize("kind", ["DataBody", "FilesBody"])
def test_forms(kind: str, generated: Callable[[str], Generated]) -> None:
    v5 = generated("v5")
    body = v5.model(f"LoginCreate{kind}", username="ann", password=PASSWORD, remember_me=True)
    token = v5.call("login_create", body=body).token
    sid = v5.call("own_session_retrieve", token=token, sid="me").id
    ids = v5.model(f"OwnSessionDestroyMany{kind}", ids=["7", sid])
    assert v5.call("own_session_destroy_many", token=token, body=ids).count == 1


def test_second_factors_of_v5(generated: Callable[[str], Generated]) -> None:
    v5 = generated("v5")
    token = v5.call("login_create", body=login(v5)).token
    password = v5.model("PasswordInput", password=PASSWORD)
    begun = v5.call("own_enrolment_begin_totp", token=token, body=password)
    code = code_at(b32decode(begun.secret), time.time())
    app = v5.model("TotpInput", token=begun.token, name="My phone", code=code)
    enrolled = v5.call("own_enrolment_confirm_totp", token=token, body=app)
    challenge = v5.call("login_create", body=login(v5))
    assert [str(one) for one in challenge.types] == ["totp", "backup"]
    answer = {"token": challenge.token, "type": "backup", "code": enrolled.backup_codes[0]}
    body = {"2fa": answer, "rememberMe": True}
    models = importlib.import_module(f"{v5.package}.models")
    answered = v5.call("login_create", body=models.LoginSecondFactorInput.from_dict(body))
    assert v5.call("own_second_factor_list", token=answered.token).count == 1


def test_the_answer_of_a_passkey_is_kept(generated: Callable[[str], Generated]) -> None:
    models = importlib.import_module(f"{generated('v5').package}.models")
    response = {"id": "AQID", "rawId": "AQID", "type": "public-key", "response": {"signature": "A"}}
    body = {"2fa": {"token": "a.b.c", "type": "webauthn", "response": response}}
    made = models.LoginSecondFactorInput.from_dict(body)
    assert type(made.field_2fa) is models.SecondFactorCredential
    assert made.to_dict() == body


def test_v4(generated: Callable[[str], Generated]) -> None:
    v4 = generated("v4")
    token = v4.call("login_create", body=login(v4)).token
    sid = v4.call("session_list", token=token, uid="me").items[0].id
    ended = v4.call("session_destroy", token=token, uid="me", sid=sid)
    assert ended.code == "DELETE_SESSION_SUCCESS"
    assert v4.call("session_list", token=token, uid="me").code == "INVALID_SESSION_ERROR"


def test_v3(generated: Callable[[str], Generated]) -> None:
    v3 = generated("v3")
    body = v3.model("LoginInput", user="ann", pass_=PASSWORD)
    token = v3.call("current_session_create", body=body).token
    sid = v3.call("own_session_list", token=token).items[0].iat
    assert v3.call("own_session_destroy", token=token, sid=sid).code == "GENERIC_SUCCESS"
    assert v3.call("own_session_list", token=token).code == "INVALID_SESSION_ERROR"


def test_wolfpal(generated: Callable[[str], Generated], ann: Any) -> None:
    """It has no login of its own."""
    _, token = Caller(ann).log_in()
    wolfpal = generated("wolfpal")
    sid = int(wolfpal.call("session_list", token=token).sessions[0].field_id)
    assert wolfpal.call("session_destroy", token=token, sid=sid).code == "SESSION_REVOKED"
    assert wolfpal.call("session_list", token=token).code == "UNAUTHORIZED"


def test_every_module_can_be_imported(generated: Callable[[str], Generated]) -> None:
    for dialect in DIALECTS:
        client = generated(dialect)
        modules = client.folder.rglob("*.py")
        names = [path.relative_to(client.folder).with_suffix("").parts for path in modules]
        assert len(names) > 20
        for parts in names:
            importlib.import_module(".".join([client.package, *parts]))


def login(generated: Generated) -> Any:
    """Without what may be left out."""
    return generated.model("LoginInput", username="ann", password=PASSWORD)
