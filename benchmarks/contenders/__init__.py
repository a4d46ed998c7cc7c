"""The contenders, which are compared with each other.

Each identifies the caller and returns a similar response, on the same server. A contender's package
has the modules ``settings`` and ``urls``, as in its documentation, and ``callers``, which prepares
requests. The packages of peers also have ``barest``: settings without anything optional.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from benchmarks.bench import EVEN, FORMER_DATABASE, PEERS, SWITCHED, TWIN
from benchmarks.paths import ROOT

OURS = "ours"
FORMER = "former"
FLOOR = "bare"


@dataclass(frozen=True)
class Contender:
    """A contender.

    :param name: a unique name.
    :param title: its description in reports.
    :param package: its package here; a minimal configuration shares that of its peer.
    :param settings: its settings module.
    :param application: its WSGI application.
    :param root: the directory with its code.
    :param database: the database that it uses.
    :param environment: variables that only it has.
    :param beside: the name of the contender with which a variant of the service is compared.
    :param first: the position of its first caller in the table of users. Variants of the service
        have callers of their own, because all of them count in one Redis.
    """

    name: str
    title: str
    package: str
    settings: str
    application: str = "benchmarks.contenders.wsgi:application"
    root: Path = ROOT
    database: str = PEERS
    environment: Mapping[str, str] = field(default_factory=dict)
    beside: str = OURS
    first: int = 0


#: Limits that end none of the sample's sessions, in seconds: each has to be checked.
LIMITS = {
    "IDLE_TIMEOUT": "300000000",
    "ABSOLUTE_LIFETIME": "300000000",
    "SESSIONS_PER_USER": "20000",
    "END_EXCESS_SESSIONS": "true",
}

#: What an operator watches the service with. The token is never sent.
OBSERVATION = {"METRICS_TOKEN": "no request of the benchmark has this token", "LOG_FORMAT": "json"}


def _here(package: str, title: str, *, barest: bool = False) -> Contender:
    name, module = (f"{package}-barest", "barest") if barest else (package, "settings")
    return Contender(name, title, package, f"benchmarks.contenders.{package}.{module}")


def ourselves(name: str = OURS, *, root: Path = ROOT) -> Contender:
    """Return the service as a contender, in this revision or in another.

    :param root: the directory with the revision.
    """
    revision = "" if root == ROOT else ", the other revision"
    return Contender(
        name,
        f"Cumulonimbus: GET /api/users/me/sessions/me{revision}",
        OURS,
        "cumulonimbus.settings",
        "cumulonimbus.wsgi:application",
        root,
        EVEN if root == ROOT else FORMER_DATABASE,
    )


#: The service with optional features turned on.
VARIANTS = [
    replace(
        ourselves("limited"),
        title="Cumulonimbus with an idle timeout, an absolute lifetime and a cap",
        environment=LIMITS,
        first=1,
    ),
    replace(
        ourselves("observed"),
        title="Cumulonimbus with metrics and JSON logs",
        environment=OBSERVATION,
        first=2,
    ),
    replace(
        ourselves("switched"),
        title="Cumulonimbus with two kill switches on under conditions",
        database=SWITCHED,
        beside="twin",
        first=3,
    ),
]

#: The service without them, in a database of its own too.
BASELINE = replace(
    ourselves("twin"), title="Cumulonimbus in a copy of its database", database=TWIN, first=4
)

CONTENDERS = [
    ourselves(),
    *VARIANTS,
    BASELINE,
    _here(FLOOR, "bare Django view, one primary-key select"),
    _here("knox", "django-rest-knox: TokenAuthentication"),
    _here("allauth", "django-allauth headless: session, tracked"),
    _here("simplejwt", "simplejwt: JWTAuthentication, ES256, user fetched"),
]

#: The peers in their minimal configurations.
BAREST_PEERS = [
    _here("knox", "django-rest-knox, no middleware", barest=True),
    _here("allauth", "django-allauth headless, nothing tracked", barest=True),
    _here("simplejwt", "simplejwt, no middleware, HMAC", barest=True),
]
