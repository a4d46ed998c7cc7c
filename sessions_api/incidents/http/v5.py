"""Incidents in v5: policies and paths."""

from dataclasses import replace

from django.urls.resolvers import URLPattern

from sessions_api.accounts.privileges import END_SESSIONS, VIEW_SESSIONS
from sessions_api.http.dialects.base import SEGMENT, route
from sessions_api.http.dialects.v5.viewsets import DIALECT
from sessions_api.http.policy import Audience, Policy
from sessions_api.incidents.http import inputs, viewsets
from sessions_api.incidents.privileges import CHANGE_INCIDENTS, OPEN_INCIDENTS, VIEW_INCIDENTS
from sessions_api.scopes import Scope

READ = Policy(audience=Audience.STAFF, permission=VIEW_INCIDENTS, scope=Scope.STAFF_READ_SESSIONS)
PREVIEW = replace(READ, further_permissions=(VIEW_SESSIONS,))
#: Responses show the incident, so who changes it must be allowed to view it, as in the admin.
OPEN = replace(
    READ,
    permission=OPEN_INCIDENTS,
    further_permissions=(VIEW_INCIDENTS,),
    scope=Scope.STAFF_MODIFY_SESSIONS,
)
CHANGE = replace(OPEN, permission=CHANGE_INCIDENTS)
TELL = replace(CHANGE, reverification=True)
#: To stop or decline must be possible at once, so it needs no password.
STOP = replace(CHANGE, further_permissions=(VIEW_INCIDENTS, END_SESSIONS))
END = replace(STOP, spares_superusers=True, reverification=True)


class StaffIncidentViewSet(viewsets.IncidentViewSet):
    dialect = DIALECT
    policies = {
        "list": READ,
        "create": OPEN,
        "retrieve": READ,
        "partial_update": CHANGE,
        "close": CHANGE,
        "reopen": CHANGE,
        "join": CHANGE,
        "leave": CHANGE,
        "write_note": CHANGE,
        "show_timeline": READ,
        "preview": PREVIEW,
    }
    input_classes = {
        "create": inputs.IncidentInput,
        "partial_update": inputs.IncidentChangesInput,
        "write_note": inputs.NoteInput,
    }


class StaffSignOutViewSet(viewsets.SignOutViewSet):
    dialect = DIALECT
    policies = {
        "create": END,
        "retrieve": READ,
        "stop": STOP,
        "approve": END,
        "decline": STOP,
        "resume": END,
    }
    input_classes = {"create": inputs.SignOutInput, "decline": inputs.DeclineInput}


class StaffOwnersMailViewSet(viewsets.OwnersMailViewSet):
    dialect = DIALECT
    policies = {"create": TELL, "retrieve": READ, "stop": CHANGE}
    input_classes = {"create": inputs.OwnersMailInput}


INCIDENT = rf"incidents/(?P<incident>{SEGMENT})"
SIGN_OUTS = f"{INCIDENT}/sign-outs"
SIGN_OUT = rf"{SIGN_OUTS}/(?P<sign_out>{SEGMENT})"
MAILS = f"{INCIDENT}/mails"

urlpatterns: list[URLPattern] = [
    route("incidents", StaffIncidentViewSet, get="list", post="create"),
    route(INCIDENT, StaffIncidentViewSet, get="retrieve", patch="partial_update"),
    route(f"{INCIDENT}/closed", StaffIncidentViewSet, put="close", delete="reopen"),
    route(f"{INCIDENT}/participation", StaffIncidentViewSet, put="join", delete="leave"),
    route(f"{INCIDENT}/notes", StaffIncidentViewSet, post="write_note"),
    route(f"{INCIDENT}/timeline", StaffIncidentViewSet, get="show_timeline"),
    route(f"{INCIDENT}/preview", StaffIncidentViewSet, get="preview"),
    route(SIGN_OUTS, StaffSignOutViewSet, post="create"),
    route(SIGN_OUT, StaffSignOutViewSet, get="retrieve", delete="stop"),
    route(f"{SIGN_OUT}/approval", StaffSignOutViewSet, put="approve", delete="decline"),
    route(f"{SIGN_OUT}/run", StaffSignOutViewSet, put="resume"),
    route(MAILS, StaffOwnersMailViewSet, post="create"),
    route(rf"{MAILS}/(?P<mail>{SEGMENT})", StaffOwnersMailViewSet, get="retrieve", delete="stop"),
]
