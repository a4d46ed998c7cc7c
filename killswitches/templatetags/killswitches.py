"""Template tags and filters for admin sites."""

from django import template
from django.template import Context

from ..approvals.endings import waiting_requests
from ..relative_times import recent_time, since_time
from ..services import states_on
from ..times import full_time

register = template.Library()
register.filter(full_time)
register.filter(recent_time)
register.filter(since_time)


@register.inclusion_tag("admin/killswitches/banner.html", takes_context=True)
def killswitch_banner(context: Context) -> dict[str, object]:
    """Show staff which switches are on or wait for a second person, on every page of the admin.

    It takes one query, or two if any switch needs a second person. It does not record lapses, so
    that a failure to do so cannot break the page.
    """
    if not context.get("has_permission"):
        return {"states": [], "requests": []}
    states, requests = states_on(), waiting_requests()
    user = context["request"].user
    verbs = ("view", "change") if states or requests else ()
    may_view = any(user.has_perm(f"killswitches.{verb}_killswitch") for verb in verbs)
    return {
        "states": states,
        "requests": requests,
        "may_view": may_view,
        "request": context["request"],
    }
