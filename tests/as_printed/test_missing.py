"""Projects that lack what the manual prints: the lines that the checks name are enough."""

import pytest

from tests.as_printed import hosts
from tests.as_printed.project import Project
from tests.as_printed.visit import PAGE, log_in_list_and_revoke
from tests.manual import blocks, page

_, ACCOUNTS, SETTINGS, URLS = blocks("python", page(f"hosts/{PAGE}"))
APPS = 'INSTALLED_APPS += ["sessions_api", "killswitches", "rest_framework"]\n'
ACTIVE = "    is_active = models.BooleanField(default=True)\n"
#: What the checks say of all but the URLs.
LACKING = {
    "killswitches.W009",
    *("sessions_api.W003", "sessions_api.W004", "sessions_api.W010"),
}
PRODUCTION = 'DEBUG = False\nALLOWED_HOSTS = ["127.0.0.1"]\n'


@pytest.fixture
def bare(project: Project) -> Project:
    """A project whose settings have the apps and nothing else, and whose URLs mount nothing."""
    project.follow(PAGE, until="openssl")
    settings = project.folder / "desk/settings.py"
    assert APPS in SETTINGS
    settings.write_text(settings.read_text().replace(_body(SETTINGS), APPS))
    urls = project.folder / "desk/urls.py"
    urls.write_text(urls.read_text().replace(_body(URLS), ""))
    return project


def _body(block: str) -> str:
    """Return a block without the comment that names its file."""
    return block.split("\n", maxsplit=1)[1]


def test_in_development_all_of_it_is_a_warning_and_a_login_works(bare: Project) -> None:
    assert bare.found() == LACKING | {"sessions_api.W014"}
    bare.paste(URLS)
    bare.run("python manage.py migrate -v0")
    bare.create_superuser()
    log_in_list_and_revoke(bare, warned=LACKING)


def test_the_hints_are_all_that_is_needed(bare: Project) -> None:
    bare.heed(bare.check())
    assert bare.found() == set()
    bare.run("python manage.py migrate -v0")
    bare.create_superuser()
    log_in_list_and_revoke(bare)


def test_in_production_it_is_an_error(bare: Project) -> None:
    bare.paste(URLS)
    bare.add({"settings.py": PRODUCTION})
    refused = bare.try_to("python manage.py migrate -v0")
    assert refused.returncode != 0
    assert "(sessions_api.E003)" in refused.stderr
    assert "(sessions_api.E004)" in refused.stderr
    bare.heed(refused.stderr)
    bare.run("python manage.py migrate -v0")
    assert bare.found() == set()


@pytest.mark.parametrize("app", ["sessions_api", "killswitches"])
def test_an_app_is_named_at_the_start(bare: Project, app: str) -> None:
    bare.paste(URLS)
    settings = bare.folder / "desk/settings.py"
    settings.write_text(settings.read_text().replace(f'"{app}", ', ""))
    said = bare.check()
    assert f"INSTALLED_APPS lacks {app}, which sessions need." in said
    bare.heed(said)
    assert bare.found() == LACKING


def test_a_key_that_is_named_and_missing(bare: Project) -> None:
    bare.paste(SETTINGS.replace(APPS, ""))
    bare.paste(URLS)
    assert bare.found() == {"sessions_api.E003"}
    bare.heed(bare.check())
    assert bare.found() == set()


@pytest.mark.parametrize(
    ("instead", "number"),
    [("", "sessions_api.W016"), (f"{ACTIVE}    password = None\n", "sessions_api.E014")],
)
def test_fields_of_accounts(project: Project, instead: str, number: str) -> None:
    project.start()
    (project.folder / "desk/urls.py").unlink()
    models = hosts.EMAIL_ACCOUNTS["accounts/models.py"]
    assert ACTIVE in models
    project.add(hosts.EMAIL_ACCOUNTS | {"accounts/models.py": models.replace(ACTIVE, instead)})
    project.add(hosts.WITHOUT_ADMIN)
    for block in (ACCOUNTS, SETTINGS, URLS):
        project.paste(block)
    project.run("openssl ecparam -name prime256v1 -genkey -noout -out signing-key.pem")
    assert project.found() == {number}
    assert (ACTIVE in project.check()) is (number == "sessions_api.W016")


def test_a_hosts_own_tests_run_with_what_is_printed(project: Project) -> None:
    """Django turns ``DEBUG`` off for tests: nothing may ask for more than in development."""
    project.follow(PAGE, until="openssl")
    project.run("openssl ecparam -name prime256v1 -genkey -noout -out signing-key.pem")
    project.add({"accounts/tests.py": hosts.TESTS})
    said = project.try_to("python manage.py test")
    assert said.returncode == 0, said.stderr
    assert "System check identified no issues" in said.stdout + said.stderr
    # Nor do they need a key, which is in no repository.
    project.add({"settings.py": 'SESSIONS_API["SIGNING_KEYS"] = []\n'})
    assert project.try_to("python manage.py test").returncode == 0
