"""The permissions for incidents. Ending sessions also takes that of ending sessions."""

VIEW_INCIDENTS = "sessions_api_incidents.view_incident"
OPEN_INCIDENTS = "sessions_api_incidents.add_incident"
#: Also to join one, write notes, tell owners, close and reopen it.
CHANGE_INCIDENTS = "sessions_api_incidents.change_incident"
