"""Who is compared: each answers who it is that calls, in the same form, under the same server.

A contender's package has ``settings`` and ``urls``, as its documentation has them, and ``callers``,
which makes what its callers send; a peer's has ``barest`` as well: settings without anything that
it could do without.
"""

from dataclasses import dataclass

OURS = "ours"
FLOOR = "bare"
#: Beside the name of a peer, at its barest.
BAREST = "-barest"


@dataclass(frozen=True)
class Contender:
    """:param name: of its package here; at its barest with :data:`BAREST`.
    :param settings: the settings module under which it runs.
    :param application: the WSGI application.
    """

    name: str
    title: str
    settings: str
    application: str = "benchmarks.contenders.wsgi:application"

    @property
    def package(self) -> str:
        return self.name.removesuffix(BAREST)


def _here(name: str, title: str) -> Contender:
    package, is_barest = name.removesuffix(BAREST), name.endswith(BAREST)
    module = "barest" if is_barest else "settings"
    return Contender(name, title, f"benchmarks.contenders.{package}.{module}")


CONTENDERS = [
    Contender(
        OURS,
        "Cumulonimbus: GET /api/users/me/sessions/me",
        "cumulonimbus.settings",
        "cumulonimbus.wsgi:application",
    ),
    _here(FLOOR, "bare Django view, one primary-key select"),
    _here("knox", "django-rest-knox: TokenAuthentication"),
    _here("allauth", "django-allauth headless: session, tracked"),
    _here("simplejwt", "simplejwt: JWTAuthentication, ES256, user fetched"),
]

#: The peers once more, at what they have to do at the very least.
BAREST_PEERS = [
    _here(f"knox{BAREST}", "django-rest-knox, no middleware"),
    _here(f"allauth{BAREST}", "django-allauth headless, nothing tracked"),
    _here(f"simplejwt{BAREST}", "simplejwt, no middleware, HMAC"),
]
