"""A visitor who does what the page prints: logs in, lists, revokes, and is refused."""

import json

from tests.as_printed.project import (
    PASSWORD,
    PRINTED_ADDRESS,
    Project,
    filled_in,
    printed_commands,
)

PAGE = "add-to-your-project"
REFUSED = {"code": "INVALID_SESSION_ERROR", "message": "Invalid Session"}


def log_in_list_and_revoke(project: Project, *, name: str = "ann", prefix: str = "/auth") -> None:
    """Run the printed calls against the development server.

    :param prefix: where the project has mounted the API.
    """
    login, *calls = [line for line in printed_commands(PAGE) if line.startswith("curl")]
    assert len(calls) == 3
    with project.serve() as address:

        def call(line: str, *values: str) -> dict[str, object]:
            there = line.replace(f"{PRINTED_ADDRESS}/auth", f"{address}{prefix}")
            return dict(json.loads(project.run(filled_in(there, *values))))

        token = str(call(login, name, PASSWORD)["token"])
        listed, ended, refused = (call(line, token) for line in calls)
    assert listed["count"] == 1
    assert ended["code"] == "DELETE_SESSION_SUCCESS"
    assert refused == REFUSED
    assert "Traceback" not in project.logged()
