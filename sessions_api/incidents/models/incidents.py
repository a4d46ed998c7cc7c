"""Incidents, who works on them, and notes."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from sessions_api.models.accounts import deletable_account
from sessions_api.services.session_search import SessionSearch

NAME_LENGTH = 150
NOTE_LENGTH = 2000


class IncidentQuerySet(models.QuerySet["Incident"]):
    """A queryset of incidents."""

    def open(self) -> "IncidentQuerySet":
        """Filter to those that have not been closed."""
        return self.filter(closed_at=None)


class Incident(models.Model):
    """An attack or a fault that staff work on: its name, its time, and the sessions it is about.

    Only ``sessions_api.incidents.services`` may write to it.
    """

    name = models.CharField(_("name"), max_length=NAME_LENGTH)
    began_at = models.DateTimeField(
        _("began"), help_text=_("When the incident itself began, as far as is known.")
    )
    criteria = models.JSONField(
        _("sessions"), default=dict, help_text=_("Which sessions it is about: a search as data.")
    )
    opened_at = models.DateTimeField(_("opened"), default=timezone.now)
    opened_by = deletable_account(_("opened by"))
    opened_by_name = models.CharField(_("opened by"), max_length=255)
    closed_at = models.DateTimeField(_("closed"), null=True)
    closed_by = deletable_account(_("closed by"))
    closed_by_name = models.CharField(_("closed by"), max_length=255, blank=True)

    objects = IncidentQuerySet.as_manager()

    class Meta:
        verbose_name = _("incident")
        verbose_name_plural = _("incidents")
        ordering = ["-pk"]
        default_permissions = ("add", "change", "view")

    def __str__(self) -> str:
        return self.name

    @property
    def is_open(self) -> bool:
        """Whether it has not been closed."""
        return self.closed_at is None

    @property
    def search(self) -> SessionSearch:
        """The sessions that it is about.

        :raises ValueError: the stored search is of another version.
        """
        return SessionSearch.from_data(self.criteria)


class Participation(models.Model):
    """That somebody works on an incident. What they do meanwhile is on its timeline.

    Everybody works on one incident at a time.
    """

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="participations")
    actor = deletable_account(_("who"))
    actor_name = models.CharField(_("who"), max_length=255)
    since = models.DateTimeField(_("since"))
    until = models.DateTimeField(_("until"), null=True)

    class Meta:
        verbose_name = _("participation")
        verbose_name_plural = _("participations")
        ordering = ["pk"]
        default_permissions = ()
        indexes = [
            # For what somebody takes part in now.
            models.Index(fields=["actor"], condition=Q(until=None), name="incidents_taking_part")
        ]

    def __str__(self) -> str:
        return self.actor_name


class Note(models.Model):
    """A note on the timeline of an incident. It is never changed."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="notes")
    at = models.DateTimeField(_("time"), default=timezone.now)
    actor = deletable_account(_("by"))
    actor_name = models.CharField(_("by"), max_length=255)
    text = models.CharField(_("text"), max_length=NOTE_LENGTH)

    class Meta:
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        ordering = ["pk"]
        default_permissions = ()

    def __str__(self) -> str:
        return self.text
