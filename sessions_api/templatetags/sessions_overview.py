"""The overview, for a host's own ``admin/index.html``::

{% extends "admin/index.html" %}
{% load sessions_overview %}
{% block content %}{% sessions_overview %}{{ block.super }}{% endblock %}
"""

from django import template
from django.template.context import Context

from sessions_api.admin.listing.sizes import grouped
from sessions_api.admin.overview.page import overview

register = template.Library()
register.filter(grouped)


@register.inclusion_tag("admin/sessions_api/overview.html", takes_context=True)
def sessions_overview(context: Context) -> dict[str, object]:
    """The overview of what the user may see; nothing on pages that are not the admin's."""
    return overview(context.get("available_apps") or [])
