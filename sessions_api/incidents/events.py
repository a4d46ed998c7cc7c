"""The kinds of audit events and notices of incidents."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class IncidentEvent(TextChoices):
    OPENED = "incident_opened", _("Incident opened")
    CHANGED = "incident_changed", _("Incident changed")
    CLOSED = "incident_closed", _("Incident closed")
    REOPENED = "incident_reopened", _("Incident reopened")
    SIGN_OUT_REQUESTED = "incident_sign_out", _("Sign-out of an incident requested")
    SIGN_OUT_APPROVED = "incident_approved", _("Sign-out of an incident approved")
    SIGN_OUT_ALONE = "incident_alone", _("Sign-out of an incident without a second person")
    SIGN_OUT_DECLINED = "incident_declined", _("Sign-out of an incident declined")
    SIGN_OUT_WITHDRAWN = "incident_withdrawn", _("Sign-out of an incident withdrawn")
    SIGN_OUT_RESUMED = "incident_resumed", _("Sign-out of an incident resumed")
    OWNERS_TOLD = "incident_owners_told", _("Owners told of an incident")
    MAIL_STOPPED = "incident_mail_stopped", _("Mail to owners stopped")
    REPORTED = "incident_reported", _("Report of an incident saved")


class IncidentNotice(TextChoices):
    INCIDENT = "incident", _("incident")
