"""Who is compared: each answers who it is that calls, in the same form, under the same server.

A contender's package has ``settings`` and ``urls``, as its documentation has them, and ``callers``,
which makes what its callers send; a peer's has ``barest`` as well: settings without anything that
it could do without.
"""

from dataclasses import dataclass
from pathlib import Path

from benchmarks.places import ROOT

OURS = "ours"
FORMER = "former"
FLOOR = "bare"


@dataclass(frozen=True)
class Contender:
    """:param name: of its own.
    :param package: where it is, here; a peer at its barest shares that of the peer.
    :param settings: the settings module under which it runs.
    :param application: the WSGI application.
    :param root: where its code lies.
    """

    name: str
    title: str
    package: str
    settings: str
    application: str = "benchmarks.contenders.wsgi:application"
    root: Path = ROOT


def _here(package: str, title: str, *, barest: bool = False) -> Contender:
    name, module = (f"{package}-barest", "barest") if barest else (package, "settings")
    return Contender(name, title, package, f"benchmarks.contenders.{package}.{module}")


def ourselves(name: str = OURS, *, root: Path = ROOT) -> Contender:
    """The service of this revision, or of another that lies elsewhere."""
    revision = "" if root == ROOT else ", the other revision"
    return Contender(
        name,
        f"Cumulonimbus: GET /api/users/me/sessions/me{revision}",
        OURS,
        "cumulonimbus.settings",
        "cumulonimbus.wsgi:application",
        root,
    )


CONTENDERS = [
    ourselves(),
    _here(FLOOR, "bare Django view, one primary-key select"),
    _here("knox", "django-rest-knox: TokenAuthentication"),
    _here("allauth", "django-allauth headless: session, tracked"),
    _here("simplejwt", "simplejwt: JWTAuthentication, ES256, user fetched"),
]

#: The peers once more, at what they have to do at the very least.
BAREST_PEERS = [
    _here("knox", "django-rest-knox, no middleware", barest=True),
    _here("allauth", "django-allauth headless, nothing tracked", barest=True),
    _here("simplejwt", "simplejwt, no middleware, HMAC", barest=True),
]
