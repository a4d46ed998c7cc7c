"""What staff come to the console for, with links, for those who may do it."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.contrib.auth import get_user_model
from django.db.models import Model
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext

from killswitches.models import KillSwitch
from sessions_api.admin.links import searched_models
from sessions_api.admin.overview.extensions import Task, further_tasks
from sessions_api.admin.overview.lists import NO_LIST, Lists, ModelList
from sessions_api.models import AuditEvent, BulkSignOut, UserSession


@dataclass(frozen=True)
class SearchBox:
    """The search for everything.

    :param url: its page.
    :param finds_users: whether it finds users for this member of staff.
    """

    url: str
    finds_users: bool


def search_box(lists: Lists, current_app: str | None) -> SearchBox | None:
    """Return the search; None if the user may view nothing of what it finds."""
    if not any(lists.get(model, NO_LIST).url for model in searched_models()):
        return None
    url = _page("sessions_api_usersession_find", current_app)
    return SearchBox(url, bool(lists.get(get_user_model(), NO_LIST).url)) if url else None


def tasks(lists: Lists, current_app: str | None) -> list[Task]:
    """Return the tasks that the user may perform, those for a single user first."""

    def of(model: type[Model]) -> ModelList:
        return lists.get(model, NO_LIST)

    sessions = of(UserSession)
    return [
        *_about_sessions(sessions),
        *_about_users(of(get_user_model()), "delete" in sessions.verbs, current_app),
        *further_tasks(lists, current_app),
        *_about_everybody(sessions, of(BulkSignOut), of(KillSwitch), of(AuditEvent)),
    ]


def _about_sessions(sessions: ModelList) -> Iterator[Task]:
    if sessions.url:
        yield Task(
            gettext("Find a session"),
            gettext("By device, location, time or state; newest first."),
            sessions.url,
        )


def _about_users(users: ModelList, may_end: bool, current_app: str | None) -> Iterator[Task]:
    options = get_user_model()._meta
    secure = f"{options.app_label}_{options.model_name}_secure"
    # Only the pages of a class with the mixin for sessions have what follows.
    if not (users.url and "change" in users.verbs and _page(secure, current_app, "0")):
        return
    if may_end:
        yield Task(
            gettext("Secure a hijacked account"),
            gettext("On the user's page: end its sessions and revoke its password."),
            users.url,
        )
    yield Task(
        gettext("Ban or unban users"),
        gettext("On a user's page, or several in the list."),
        users.url,
    )


def _about_everybody(
    sessions: ModelList, sign_outs: ModelList, switches: ModelList, events: ModelList
) -> Iterator[Task]:
    if sessions.url and "delete" in sessions.verbs:
        yield Task(
            gettext("End many sessions"),
            gettext("Filter the list, then end all that match."),
            f"{sessions.url}?state=active",
        )
    if sign_outs.url:
        yield Task(
            gettext("Follow a bulk sign-out"),
            gettext("Those that are running, and those that are done."),
            sign_outs.url,
        )
    if switches.url and "change" in switches.verbs:
        yield Task(
            gettext("Turn a kill switch on or off"),
            gettext("Close a part of the service, or open it again."),
            switches.url,
        )
    elif switches.url:
        yield Task(
            gettext("View the kill switches"),
            gettext("What each of them closes, and when it was on."),
            switches.url,
        )
    if events.url:
        yield Task(
            gettext("Read the audit log"),
            gettext("Who did what to whom, when and from where."),
            events.url,
        )


def _page(name: str, current_app: str | None, *arguments: str) -> str:
    try:
        return reverse(f"admin:{name}", args=arguments, current_app=current_app)
    except NoReverseMatch:
        return ""
