"""What a change of an incident has changed, in its audit event."""

from dataclasses import dataclass
from datetime import datetime

from killswitches.times import plain_time
from sessions_api.incidents.models import Incident
from sessions_api.incidents.services.searches import search_of
from sessions_api.models import AuditEvent
from sessions_api.services.session_search import SessionSearch


@dataclass(frozen=True)
class Changes:
    """What has been changed; None for what has not."""

    name: str | None = None
    began_at: datetime | None = None
    search: SessionSearch | None = None

    @classmethod
    def between(cls, before: Incident, after: Incident) -> "Changes":
        """Return what differs between two states of an incident."""
        return cls(
            after.name if after.name != before.name else None,
            after.began_at if after.began_at != before.began_at else None,
            search_of(after) if after.criteria != before.criteria else None,
        )

    @classmethod
    def of(cls, event: AuditEvent) -> "Changes":
        """Return what an event tells; nothing, if another version has stored it otherwise."""
        stored = event.detail.get("changes", {})
        try:
            return cls(
                stored.get("name"),
                datetime.fromisoformat(stored["began_at"]) if "began_at" in stored else None,
                SessionSearch.from_data(stored["criteria"]) if "criteria" in stored else None,
            )
        except (AttributeError, TypeError, ValueError):
            return cls()

    def as_detail(self) -> dict[str, object]:
        """Return the detail of the event: as data, and in words for the terminal and the API."""
        data: dict[str, object] = {}
        words = []
        if self.name is not None:
            data["name"] = self.name
            words.append(f"Name: {self.name}")
        if self.began_at is not None:
            data["began_at"] = self.began_at.isoformat()
            words.append(f"Began: {plain_time(self.began_at)}")
        if self.search is not None:
            data["criteria"] = self.search.as_data()
            words.append(str(self.search))
        return {"changes": data, "what": "; ".join(words)} if data else {}
