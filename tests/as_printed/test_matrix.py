"""The manual's lines in projects that differ, on SQLite: each logs in, lists, and revokes."""

import re

import pytest

from tests.as_printed import hosts
from tests.as_printed.project import Project
from tests.as_printed.visit import PAGE, log_in_list_and_revoke, visiting
from tests.manual import blocks, page

#: The commands of the page at which readers with a project of their own stop.
MIGRATE = "python manage.py migrate"
CREATE_SUPERUSER = "python manage.py createsuperuser"


def test_the_environment_is_a_newcomers(project: Project, environment: str) -> None:
    found = project.run("python -c 'import sessions_api; print(sessions_api.__file__)'")
    assert ("site-packages" in found) is (environment == "wheel")


def test_the_page_word_for_word(project: Project) -> None:
    project.follow(PAGE, until=CREATE_SUPERUSER)
    project.answer_createsuperuser()
    with visiting(project) as visitor:
        visitor.log_in_list_and_revoke()
        visitor.end_sessions_in_admin()


@pytest.mark.everywhere
def test_without_djangos_admin(project: Project) -> None:
    """Nor second factors; with another language, time zone, prefix and kind of account."""
    project.start()
    (project.folder / "desk/urls.py").unlink()
    project.add(hosts.EMAIL_ACCOUNTS)
    project.add(hosts.WITHOUT_ADMIN)
    project.add(hosts.GERMAN)
    _, *printed = blocks("python", page(f"hosts/{PAGE}"))
    for block in printed:
        project.paste(block.replace('path("auth/"', 'path("my/sessions/"'))
    project.run("openssl ecparam -name prime256v1 -genkey -noout -out signing-key.pem")
    project.run("python manage.py makemigrations -v0 accounts")
    project.run("python manage.py migrate -v0")
    project.create_superuser()
    log_in_list_and_revoke(project, name="Ann@Example.com", prefix="/my/sessions")


def test_second_factors_at_the_admins_login_and_other_databases(project: Project) -> None:
    project.follow(PAGE, until=MIGRATE)
    project.paste_page("second-factors")
    config = "sessions_api.second_factors.apps.SecondFactorAdminConfig"
    sentence = f'replace `"django.contrib.admin"` in `INSTALLED_APPS` with `"{config}"`'
    assert sentence in page("hosts/second-factors")
    project.add(hosts.in_place_of_the_admin(config))
    project.add(hosts.FURTHER_DATABASES)
    project.run("python manage.py migrate -v0")
    project.run("python manage.py migrate -v0 --database elsewhere")
    project.create_superuser()
    with visiting(project) as visitor:
        visitor.log_in_list_and_revoke()
        pages = visitor.end_sessions_in_admin()
    assert "/admin/second_factors/secondfactor/" in " ".join(one.url for one in pages)


def test_admin_sites_of_ones_own(project: Project) -> None:
    """The default site is of a class of the host, and a further one shows what it registers."""
    project.follow(PAGE, until=MIGRATE)
    project.add(hosts.OWN_DEFAULT_SITE)
    [further] = [one for one in blocks("python", page("hosts/admin")) if "support_site" in one]
    project.paste(further)
    project.add(hosts.MOUNTED_SUPPORT_SITE)
    project.run("python manage.py migrate -v0")
    project.create_superuser()
    with visiting(project) as visitor:
        visitor.log_in_list_and_revoke()
        assert "The desk" in visitor.end_sessions_in_admin()[0].text
        pages = visitor.end_sessions_in_admin("/support/")
    assert "The desk" not in pages[0].text
    assert [link for one in pages for link in one.links if "/admin/" in link] == []


@pytest.mark.everywhere
def test_beside_django_unfold(project: Project) -> None:
    project.follow(PAGE, until=MIGRATE)
    project.paste_page("second-factors")
    project.add(hosts.UNFOLD)
    [again] = [one for one in blocks("python", page("hosts/admin")) if "unfold" in one]
    project.paste(again)
    project.run("python manage.py migrate -v0")
    project.create_superuser()
    with visiting(project) as visitor:
        visitor.log_in_list_and_revoke()
        pages = visitor.end_sessions_in_admin()
    lists = [one for one in pages if one.url.endswith("/usersession/")]
    # Without it, the theme never shows the button that runs an action.
    assert ['x-model="action"' in one.text for one in lists] == [True]
    # Our own pages bring borders for their fields, where they see the theme by its stylesheets.
    switch = next(one for one in pages if re.search(r"/killswitch/\d+/change/$", one.url))
    for stylesheet in ("/unfold/css/", "/killswitches/unfold.css"):
        assert re.search(f'<link[^>]*href="[^"]*{stylesheet}', switch.text), stylesheet
