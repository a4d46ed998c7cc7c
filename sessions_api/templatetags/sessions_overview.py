"""The overview, for a host's own ``admin/index.html``::

{% extends "admin/index.html" %}
{% load sessions_overview %}
{% block content %}{% sessions_overview %}{{ block.super }}{% endblock %}
"""

from django import template
from django.template.context import Context

from sessions_api.databases import sizes

# Django imports the tags of all apps. sessions_api.admin requires an admin, which a host may not
# have, so it is imported only when the overview is shown.

register = template.Library()


@register.filter
def grouped(number: int) -> str:
    """Return a number with the thousands separators of the language."""
    return sizes.grouped(number)


@register.inclusion_tag("admin/sessions_api/overview.html", takes_context=True)
def sessions_overview(context: Context) -> dict[str, object]:
    """Render the search, the tasks and the overview of what the user may view."""
    from sessions_api.admin.overview.lists import lists_of
    from sessions_api.admin.overview.page import overview

    request = context.get("request")
    current_app = getattr(request, "current_app", None)
    return overview(lists_of(context.get("available_apps") or []), current_app)
