"""The errors of incidents."""

from sessions_api.exceptions import ApiError, InsufficientPermissions


class InvalidIncident(ApiError):
    """There is no such incident, or it has no such sign-out or mail."""

    code = "INVALID_INCIDENT_ERROR"
    message = "Invalid Incident"
    default_status = 404


class IncidentConflict(ApiError):
    """The state of the incident does not allow this; ``reason`` says why.

    :param reason: ``closed`` (the incident), ``changed`` (its filter, meanwhile),
        ``unreadable_filter`` (another version has stored it), ``finished`` (the sign-out or the
        mail), ``unfinished`` (an earlier sign-out of the same sessions, or an earlier mail),
        ``too_many_unfinished`` (sign-outs, or mails),
        ``waiting`` (the sign-out, for approval), ``decided`` (it has been approved or declined),
        ``own_request`` (somebody else has to approve), ``nobody_to_tell`` or ``mail_is_off``.
    :param incident: the primary key of the incident, if it is closed. It is not in the response.
    """

    code = "INCIDENT_CONFLICT_ERROR"
    message = "Incident Conflict"
    default_status = 409

    def __init__(self, reason: str, *, incident: int | None = None) -> None:
        super().__init__(reason=reason)
        self.reason = reason
        self.incident = incident


class RequesterMayNoLonger(InsufficientPermissions):
    """Whoever has requested the sign-out may no longer end sessions, so nobody can approve it."""
