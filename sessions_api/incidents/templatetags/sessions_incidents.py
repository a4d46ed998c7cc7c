"""What waits for a second person, for a host's own ``admin/base_site.html``::

{% extends "admin/base_site.html" %}
{% load sessions_incidents %}
{% block messages %}{% incidents_banner %}{{ block.super }}{% endblock %}
"""

from django import template
from django.http import HttpRequest
from django.template.context import Context
from django.urls import reverse

from sessions_api.conf import api_settings

# Django imports the tags of all apps. The pages of incidents require an admin, which a host may
# not have, so they are imported only when the banner is shown.

register = template.Library()

#: How many sign-outs the banner names.
MOST = 5


@register.inclusion_tag("admin/sessions_api_incidents/banner.html", takes_context=True)
def incidents_banner(context: Context) -> dict[str, object]:
    """Show those who may decide, on every page of the admin, which sign-outs wait for them.

    Not on the front page, which shows them itself, and not on an admin site without incidents.
    Takes a query if ``INCIDENT_APPROVAL_ABOVE`` is set and the user may decide, else none; and
    another one if more wait than are named.
    """
    from sessions_api.admin.overview.lists import NO_LIST, lists_of
    from sessions_api.incidents.admin.waiting import may_decide, waiting_sign_outs
    from sessions_api.incidents.models import Incident
    from sessions_api.incidents.services.newest import few

    if not context.get("has_permission") or api_settings().INCIDENT_APPROVAL_ABOVE is None:
        return {"waiting": []}
    request: HttpRequest = context["request"]
    current_app = getattr(request, "current_app", None)
    is_front = request.path == reverse("admin:index", current_app=current_app)
    # Of the site that the page belongs to.
    listed = lists_of(context.get("available_apps") or []).get(Incident, NO_LIST)
    if is_front or not listed.url or not may_decide(request):
        return {"waiting": []}
    found = few(waiting_sign_outs(), MOST)
    return {
        "waiting": found.rows,
        "more": found.more,
        "count": len(found.rows) + found.more,
        "list": listed.url,
        "request": request,
    }
