"""Links between the pages of sessions, events and users."""

from urllib.parse import urlencode

from django.contrib.admin import AdminSite
from django.contrib.admin.utils import quote
from django.contrib.auth import get_user_model
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html

from killswitches.admin.base import ModelAdmin
from sessions_api.accounts.kinds import AccountKey
from sessions_api.models import AuditEvent, UserSession

#: The parameter with which the list of sessions is asked for a state, and that of ended ones.
STATE, ENDED = "state", "ended"


def searched_models() -> tuple[type[Model], ...]:
    """Return the models whose rows are searched. Who may view none of them has no search."""
    return get_user_model(), UserSession, AuditEvent


def may_view(site: AdminSite, request: HttpRequest, model: type[Model]) -> bool:
    """Return whether the site has pages of this model, and the user may view them."""
    return site.is_registered(model) and site.get_model_admin(model).has_view_permission(request)


def user_link(site: AdminSite, user_id: AccountKey, text: str) -> str:
    """Return ``text`` as a link to a user's page, or unlinked if the site has no such pages."""
    url = user_url(site, user_id)
    return text if url is None else format_html('<a href="{}">{}</a>', url, text)


def user_url(site: AdminSite, user_id: AccountKey) -> str | None:
    """Return the URL of a user's page; None if the site has no such pages."""
    model = get_user_model()
    if not site.is_registered(model):
        return None
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}_change"
    return reverse(name, args=[quote(user_id)], current_app=site.name)


def visible_user_url(site: AdminSite, request: HttpRequest, user_id: AccountKey) -> str | None:
    """Return the URL of a user's page; None if the user of the request may not view it."""
    return user_url(site, user_id) if may_view(site, request, get_user_model()) else None


def page_url(site: AdminSite, row: Model) -> str:
    """Return the URL of a row's page."""
    name = f"admin:{row._meta.app_label}_{row._meta.model_name}_change"
    return reverse(name, args=[quote(row.pk)], current_app=site.name)


def session_url(site: AdminSite, session_pk: int) -> str:
    """Return the URL of a session's page, which it keeps after its end."""
    name = "admin:sessions_api_usersession_change"
    return reverse(name, args=[session_pk], current_app=site.name)


def list_url(site: AdminSite, model: type[Model], **query: object) -> str:
    """Return the URL of the list of a model, filtered by a query."""
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"
    return f"{reverse(name, current_app=site.name)}?{urlencode(query)}"


def list_link(site: AdminSite, model: str, text: str, **query: object) -> str:
    """Return ``text`` as a link to the list of a model of this app, filtered by a query."""
    url = reverse(f"admin:sessions_api_{model}_changelist", current_app=site.name)
    return format_html('<a href="{}?{}">{}</a>', url, urlencode(query), text)


def redirect_not_found(
    model_admin: ModelAdmin, request: HttpRequest, object_id: str
) -> HttpResponse:
    """Redirect from the page of a row that does not exist, with Django's message."""
    # Django has no public method for this, and the stubs only know the public ones.
    page: HttpResponse = model_admin._get_obj_does_not_exist_redirect(  # type: ignore[attr-defined]
        request, model_admin.opts, object_id
    )
    return page
