"""Receivers that count logins and ended sessions, after their commit."""

from sessions_api.logs.access import NONE
from sessions_api.metrics.process import ProcessMetrics
from sessions_api.models import UserSession
from sessions_api.services.ended_sessions import EndCause, EndedSessions
from sessions_api.signals import login_failed, session_created, sessions_ended


def connect(metrics: ProcessMetrics) -> None:
    """Have the signals of this app counted."""

    def count_login(*, session: UserSession, **_: object) -> None:
        metrics.count_login(session.dialect or NONE, session.kind.value)

    def count_failed_login(*, code: str, **_: object) -> None:
        metrics.count_failed_login(code)

    def count_ended_sessions(*, ended: EndedSessions, cause: EndCause, **_: object) -> None:
        metrics.count_ended_sessions(cause.value, len(ended))

    session_created.connect(count_login, weak=False)
    login_failed.connect(count_failed_login, weak=False)
    sessions_ended.connect(count_ended_sessions, weak=False)
