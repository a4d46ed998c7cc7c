"""The admin's lists beside Django's stock list of a small table, by turns in one process."""

import time
from dataclasses import asdict, dataclass, field
from typing import Any
from unittest import mock

from django.contrib import admin
from django.contrib.admin.models import ADDITION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.test import Client
from django.test.utils import override_settings
from django.urls import include, path, reverse
from django.utils import timezone

from benchmarks.paths import HOST
from cumulonimbus.models import User
from sessions_api.admin import UserSessionAdmin
from sessions_api.models import UserSession
from sessions_api.testing import open_console

#: The number of rows of the stock list's table, and of each list's page.
TABLE, PAGE = 1_000, 100

#: Columns that stock lists have: times, other objects, texts and choices.
COLUMNS = [
    "action_time",
    "user",
    "object_repr",
    "content_type",
    "action_flag",
    "object_id",
    "change_message",
]


def _stock_site(columns: int) -> admin.AdminSite:
    """Return a site with a stock list that has this many columns."""
    shown_by = type(
        "StockAdmin",
        (admin.ModelAdmin,),
        {"list_display": COLUMNS[:columns], "list_per_page": PAGE},
    )
    site = admin.AdminSite(f"stock{columns}")
    site.register(LogEntry, shown_by)
    return site


def _columns(model: type[Model]) -> int:
    return len(admin.site.get_model_admin(model).list_display)


#: By the number of columns.
SITES = {columns: _stock_site(columns) for columns in map(_columns, (UserSession, User))}

urlpatterns = [
    *(path(f"{site.name}/", site.urls) for site in SITES.values()),
    path("", include("cumulonimbus.urls")),
]


@dataclass
class Visits:
    """The server's time for each visit to a page, and its CPU time, in seconds."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)


@override_settings(ROOT_URLCONF=__name__)
@mock.patch.object(UserSessionAdmin, "list_per_page", PAGE)
def compare(count: int) -> list[dict[str, Any]]:
    """Visit the list of sessions, that of users and a user's page, each beside a stock list.

    :param count: the number of visits to each page.
    :returns: for each page its name, and the fields of the :class:`Visits` to it and to a stock
        list with as many columns as the list.
    """
    root = User.objects.create_superuser(f"superuser-{timezone.now().timestamp():.0f}")
    kind = ContentType.objects.get_for_model(User)
    LogEntry.objects.bulk_create(
        LogEntry(
            user=root,
            content_type=kind,
            object_id=str(number),
            object_repr=f"user{number}",
            action_flag=ADDITION,
            change_message="Added.",
        )
        for number in range(TABLE)
    )
    browser = Client(headers={"Host": HOST, "X-Forwarded-Proto": "https"})
    browser.force_login(root)
    open_console(browser, root)
    owner = UserSession.objects.order_by("-pk").values_list("user", flat=True)[1]
    pages = [
        ("the list of sessions", UserSession, reverse("admin:sessions_api_usersession_changelist")),
        ("the list of users", User, reverse("admin:cumulonimbus_user_changelist")),
        ("a user's page", User, reverse("admin:cumulonimbus_user_change", args=[owner])),
    ]
    compared = []
    for name, model, ours in pages:
        site = SITES[_columns(model)]
        stock = reverse("admin:admin_logentry_changelist", current_app=site.name)
        visits = _visit_by_turns(browser, [ours, stock], count)
        compared.append({"page": name, "ours": asdict(visits[0]), "stock": asdict(visits[1])})
    return compared


def _visit_by_turns(browser: Client, paths: list[str], count: int) -> list[Visits]:
    visits = [Visits() for _ in paths]
    # The first visits compile templates.
    for path_ in paths:
        status = browser.get(path_).status_code
        assert status == 200, f"{path_}: {status}"
    for _ in range(count):
        for path_, seen in zip(paths, visits, strict=True):
            wall, cpu = time.perf_counter(), time.process_time()
            browser.get(path_)
            seen.wall.append(time.perf_counter() - wall)
            seen.cpu.append(time.process_time() - cpu)
    return visits
