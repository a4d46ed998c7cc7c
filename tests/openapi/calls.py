"""Sending Schemathesis requests as every caller for whom an endpoint is intended."""

from collections.abc import Iterator

from schemathesis.core.transport import Response
from schemathesis.generation.case import Case
from schemathesis.specs.openapi.checks import ignored_auth

from sessions_api.http.policy import Audience
from tests.openapi.callers import Caller, aim
from tests.openapi.contradictions import contradicted


class Calls:
    """Sends the same request as each caller.

    Callers who are refused before the request is read call each endpoint only once, and so do those
    with missing or invalid credentials.
    """

    def __init__(self) -> None:
        #: The endpoints that all callers have called.
        self.called: set[str] = set()
        #: The endpoints that have refused missing and invalid credentials.
        self.guarded: set[str] = set()

    def send(self, case: Case, callers: list[Caller]) -> Iterator[Response]:
        """Send a request, and check each response against the description.

        :raises FailureGroup: a response does not match the description.
        """
        aim(case)
        endpoint = f"{case.operation.method} {case.operation.full_path}"
        for caller in heard(case, callers) if endpoint in self.called else callers:
            excluded = list(contradicted(case, caller))
            if endpoint in self.guarded:
                excluded.append(ignored_auth)
            response = case.call_and_validate(headers=caller.headers(), excluded_checks=excluded)
            if response.status_code < 300 and case.operation.definition.raw["security"]:
                self.guarded.add(endpoint)
            yield response
        self.called.add(endpoint)


def heard(case: Case, callers: list[Caller]) -> list[Caller]:
    """Return the callers for whom the endpoint is intended."""
    stranger, *users = callers
    staff = [user for user in users if user.user.is_staff]
    audiences = {policy["audience"] for policy in case.operation.definition.raw["x-policies"]}
    if Audience.ANYONE.value in audiences:
        return callers
    if Audience.ANONYMOUS.value in audiences:
        return [stranger]
    return users if Audience.USERS.value in audiences else staff
