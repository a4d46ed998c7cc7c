"""The samples for hosts, in projects made by ``startproject``, with the installed Django.

``tests/as_printed`` takes them through other environments, databases and admin sites.
"""

import sys
from pathlib import Path

import pytest

from tests.as_printed.project import Project, printed_commands
from tests.as_printed.visit import PAGE, log_in_list_and_revoke
from tests.manual import blocks
from tests.paths import ROOT


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path, sys.executable)


def test_the_page_for_newcomers_leads_to_a_revoked_session(project: Project) -> None:
    project.follow(PAGE, until="python manage.py createsuperuser")
    project.answer_createsuperuser()
    log_in_list_and_revoke(project)


def test_so_do_the_lines_of_the_readme(project: Project) -> None:
    project.start()
    for block in blocks("python", (ROOT / "README.md").read_text()):
        project.paste(block)
    [key] = [line for line in printed_commands(PAGE) if line.startswith("openssl")]
    assert f"`{key}`" in (ROOT / "README.md").read_text()
    project.run(key)
    project.run("python manage.py migrate -v0")
    project.create_superuser()
    # Django's own user model has no index for names in any case.
    log_in_list_and_revoke(project, warned={"sessions_api.W011"})
