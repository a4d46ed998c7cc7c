"""Policies in words, and as specification extensions (``x-…``)."""

from killswitches.registry import GLOBAL
from sessions_api.http.openapi.errors import quotas
from sessions_api.http.policy import Audience, Policy
from sessions_api.scopes import scope_name

WHO = {
    Audience.ANYONE: (
        "For anyone. No credentials are needed. Requests with a valid token count towards the "
        "limits of its owner."
    ),
    Audience.ANONYMOUS: "For anyone without a valid session. A valid token is refused.",
    Audience.USERS: "For all users, on their own account.",
    Audience.STAFF: "For staff, on any account or the whole service.",
}


def in_words(policy: Policy) -> str:
    """Return a policy as sentences, for the description of an operation."""
    sentences = [WHO[policy.audience]]
    if policy.permissions:
        noun = "permission" if len(policy.permissions) == 1 else "permissions"
        names = " and ".join(f"`{one}`" for one in policy.permissions)
        sentences.append(f"Requires the {noun} {names}.")
    if policy.spares_superusers:
        sentences.append("Only superusers may do this to superusers.")
    if policy.audience in (Audience.USERS, Audience.STAFF):
        sentences.append(
            f"A scoped session needs `{scope_name(policy.scope)}`."
            if policy.scope
            else "Scoped sessions are refused."
        )
    if policy.reverification:
        sentences.append(
            "Requires the password again, or the answer to the challenge that follows it"
            + (". A scoped session is exempt." if policy.scope else ".")
        )
    closing = [*policy.switches, GLOBAL]
    sentences.append(
        "Closed to everyone except staff by "
        + ", ".join(f"`{switch.name}` ({switch.number})" for switch in closing)
        + "."
    )
    limits = [f"{one.rate.limit} per {one.rate.period} s" for one in quotas(policy)]
    sentences.append(f"Limits: {', '.join(limits)}." if limits else "Staff are not limited.")
    return " ".join(sentences)


def extensions(policies: list[Policy]) -> dict[str, object]:
    """Return the policies of an operation as specification extensions, for tools."""
    return {
        "x-kill-switches": sorted(
            {switch.name for policy in policies for switch in (*policy.switches, GLOBAL)}
        ),
        "x-policies": [
            {
                "audience": policy.audience.value,
                "permission": policy.permission,
                "furtherPermissions": [*policy.further_permissions],
                "scope": scope_name(policy.scope) if policy.scope else None,
                "reverification": policy.reverification,
                "rates": [
                    {"limit": one.rate.limit, "seconds": one.rate.period, "reason": one.reason}
                    for one in quotas(policy)
                ],
            }
            for policy in policies
        ],
    }
