"""The callers in Schemathesis runs, and the objects that their requests refer to."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from django.utils import timezone
from schemathesis.generation.case import Case

from sessions_api.callers.clients import Client
from sessions_api.http.openapi import samples
from sessions_api.incidents.models import Incident, OwnersMail, SignOut
from sessions_api.models import UserSession
from sessions_api.scopes import Scope
from sessions_api.second_factors.models import SecondFactor
from sessions_api.services.session_creation import create_session
from tests.api import CHROME, HOME


@dataclass
class Caller:
    """A caller: anonymous, or a user with a session."""

    user: Any = None
    flags: Scope | None = None
    session: UserSession | None = None
    token: str = ""
    #: The second of the next login, beginning an hour ago, so that no session id is reused.
    moments: Iterator[datetime] = field(
        default_factory=lambda: (
            timezone.now() - timedelta(hours=1) + timedelta(seconds=second) for second in count()
        )
    )

    @property
    def is_scoped(self) -> bool:
        return self.flags is not None

    def headers(self) -> dict[str, str]:
        """The credentials, with a new session if the run has ended the previous one."""
        if self.user is None:
            return {}
        alive = self.session and UserSession.objects.filter(pk=self.session.pk).exists()
        if not alive:
            self.session, self.token = self.log_in()
        return {"Authorization": f"Bearer {self.token}"}

    def log_in(self) -> tuple[UserSession, str]:
        # A member of staff may have banned the user in an earlier run.
        type(self.user)._base_manager.filter(pk=self.user.pk).update(is_active=True)
        return create_session(
            self.user,
            client=Client(address=HOME, user_agent=CHROME),
            lifetime=timedelta(hours=24),
            permission_flags=self.flags,
            now=next(self.moments),
        )


def aim(case: Case) -> None:
    """Make half of the well-formed requests refer to existing users, objects and passwords."""
    if not is_well_formed(case):
        return
    correct(case)
    if zlib.crc32(repr((case.path_parameters, case.body)).encode(errors="replace")) % 2:
        aim_path(case)
        aim_body(case)


def is_well_formed(case: Case) -> bool:
    return case.meta is not None and case.meta.generation.mode.is_positive


def correct(case: Case) -> None:
    """Correct values that JSON Schema cannot exclude: unprintable names, and whole numbers that are
    written with a fraction (``34.0``)."""
    if isinstance(case.body, dict):
        for key, value in case.body.items():
            if isinstance(value, list):
                case.body[key] = [_whole(one) for one in value]
            elif key in ("name", "reason") and isinstance(value, str):
                case.body[key] = "".join(filter(str.isprintable, value)).strip() or f"A {key}"
            else:
                case.body[key] = _whole(value)


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def aim_path(case: Case) -> None:
    session = UserSession.objects.order_by("-sid").first()
    factor = SecondFactor.objects.first()
    incident, sign_out, mail = (
        model.objects.order_by("-pk").values_list("pk", flat=True).first() or 1
        for model in (Incident, SignOut, OwnersMail)
    )
    real = {
        "incident": incident,
        "sign_out": sign_out,
        "mail": mail,
        "uid": samples.USER_ID,
        "sid": session.sid if session else 1,
        "factor_id": factor.pk if factor else 1,
    }
    case.path_parameters.update({key: real[key] for key in case.path_parameters if key in real})


def aim_body(case: Case) -> None:
    if isinstance(case.body, dict):
        people = {"username": "ann", "user": "ann"}
        passwords = {"password": samples.PASSWORD, "pass": samples.PASSWORD}
        real = people | passwords
        case.body.update({key: real[key] for key in case.body if key in real})
