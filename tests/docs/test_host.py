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

FORM = "<form method=post>{% csrf_token %}{{ form }}<button>Go</button></form>"
VISIT = """
from django.contrib.auth import get_user_model
from django.test import Client
get_user_model().objects.create_user("bob", password="correct horse")
browser = Client(headers={"host": "localhost"})
form = {"username": "bob", "password": "correct horse", "remember": "on"}
wrong = browser.post("/sign-in/", form | {"password": "wrong"}).content.decode()
welcome = browser.post("/sign-in/", form, follow=True).content.decode()
left = browser.post("/sign-out/", follow=True).redirect_chain
print(["Wrong name or password." in wrong, welcome, left, browser.get("/").status_code])
"""

CONSOLE = """
from django.contrib.auth import get_user_model
from django.test import Client
from sessions_api.models import UserSession
get_user_model().objects.create_superuser("sam", password="correct horse")
browser = Client(headers={"host": "localhost"})
browser.post("/admin/login/", {"username": "sam", "password": "correct horse"})
inside = browser.get("/admin/").status_code
kinds = [one.kind.value for one in UserSession.objects.all()]
UserSession.objects.all().delete()
print([inside, kinds, browser.get("/admin/").status_code])
"""


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


def test_pages_keep_sessions_in_cookies(project: Project) -> None:
    """What the page leaves to the reader is the templates."""
    project.follow(PAGE, until="python manage.py createsuperuser")
    project.paste_page("cookies", but=["# accounts/views.py", "corsheaders", "CORS_ALLOWED"])
    templates = {"settings.py": "TEMPLATES[0]['DIRS'] = [BASE_DIR]"}
    project.add(templates | dict.fromkeys(("sign_in.html", "code.html"), FORM))
    assert "no issues" in project.check()
    said = project.script(VISIT).splitlines()[-1]
    assert said == "[True, 'bob, Unknown device', [('/sign-in/', 302)], 302]"


def test_logins_to_the_admin_are_sessions(project: Project) -> None:
    project.follow(PAGE, until="python manage.py createsuperuser")
    project.paste_page("console", but=["# accounts/sso.py", "# tests.py"])
    assert "no issues" in project.check()
    assert project.script(CONSOLE).splitlines()[-1] == "[200, ['console'], 302]"
