"""Who is compared: each answers who it is that calls, in the same form, under the same server.

A contender is a package of three modules: ``settings`` and ``urls``, as its documentation has
them, and ``callers``, which makes what its callers send.
"""

from dataclasses import dataclass

OURS = "ours"
FLOOR = "bare"


@dataclass(frozen=True)
class Contender:
    """:param name: of its package here.
    :param settings: the settings module under which it runs.
    :param application: the WSGI application.
    :param tables: whose tables it has: those of the service, or those of all peers.
    """

    name: str
    title: str
    settings: str
    application: str = "benchmarks.contenders.wsgi:application"
    tables: str = "peers"


CONTENDERS = [
    Contender(
        OURS,
        "Cumulonimbus: GET /api/users/me/sessions/me",
        "cumulonimbus.settings",
        "cumulonimbus.wsgi:application",
        tables="ours",
    ),
    Contender(
        FLOOR, "bare Django view, one primary-key select", "benchmarks.contenders.bare.settings"
    ),
    Contender(
        "knox", "django-rest-knox: TokenAuthentication", "benchmarks.contenders.knox.settings"
    ),
    Contender(
        "allauth", "django-allauth headless: session", "benchmarks.contenders.allauth.settings"
    ),
    Contender(
        "simplejwt",
        "simplejwt: JWTAuthentication, user fetched",
        "benchmarks.contenders.simplejwt.settings",
    ),
]
