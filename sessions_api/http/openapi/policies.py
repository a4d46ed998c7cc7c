"""A policy in words, and as specification extensions (``x-…``)."""

from killswitches.registry import GLOBAL
from sessions_api.http.openapi.errors import quotas
from sessions_api.http.policy import Audience, Policy

WHO = {
    Audience.ANYONE: (
        "For anyone; credentials are not needed. Requests with a valid token count for its owner."
    ),
    Audience.STRANGERS: (
        "For anyone without a valid session; a token that is still valid is refused."
    ),
    Audience.USERS: "For every user, on what is their own.",
    Audience.STAFF: "For staff, on what is anybody's.",
}


def in_words(policy: Policy) -> str:
    sentences = [WHO[policy.audience]]
    if policy.permission:
        sentences.append(f"It takes the permission `{policy.permission}`.")
    if policy.spares_superusers:
        sentences.append("Only superusers do it to superusers.")
    if policy.audience in (Audience.USERS, Audience.STAFF):
        sentences.append(
            f"A scoped session needs `{policy.scope.name}`."
            if policy.scope
            else "Scoped sessions are refused."
        )
    if policy.reverification:
        sentences.append(
            "Asks for the password again, or for the answer to the challenge that it has earned"
            + ("; a scoped session is exempt." if policy.scope else ".")
        )
    closing = [*policy.switches, GLOBAL]
    sentences.append(
        "Closed, but for staff, by "
        + ", ".join(f"`{switch.name}` ({switch.number})" for switch in closing)
        + "."
    )
    limits = [f"{one.rate.limit} in {one.rate.period} s" for one in quotas(policy)]
    sentences.append(f"Limits: {', '.join(limits)}." if limits else "Staff are not limited.")
    return " ".join(sentences)


def extensions(policies: list[Policy]) -> dict[str, object]:
    """What tools can read: kill switches, rates, and what each kind of caller needs."""
    return {
        "x-kill-switches": sorted(
            {switch.name for policy in policies for switch in (*policy.switches, GLOBAL)}
        ),
        "x-policies": [
            {
                "audience": policy.audience.value,
                "permission": policy.permission,
                "scope": policy.scope.name if policy.scope else None,
                "reverification": policy.reverification,
                "rates": [
                    {"limit": one.rate.limit, "seconds": one.rate.period, "reason": one.reason}
                    for one in quotas(policy)
                ],
            }
            for policy in policies
        ],
    }
