"""The manual's lines for PostgreSQL and Redis."""

import pytest

from tests.as_printed import hosts
from tests.as_printed.project import Project
from tests.as_printed.visit import PAGE, log_in_list_and_revoke, visiting


@pytest.mark.everywhere
def test_with_the_admin_and_second_factors(project: Project, server_settings: str) -> None:
    project.follow(PAGE, until="python manage.py migrate")
    project.paste_page("database")
    project.paste_page("second-factors")
    project.add({"settings.py": server_settings})
    project.run("python manage.py migrate -v0")
    project.create_superuser()
    with visiting(project) as visitor:
        visitor.log_in_list_and_revoke()
        visitor.end_sessions_in_admin()


def test_without_either(project: Project, server_settings: str) -> None:
    project.start()
    (project.folder / "desk/urls.py").unlink()
    project.add(hosts.EMAIL_ACCOUNTS)
    project.add(hosts.WITHOUT_ADMIN)
    project.paste_page(PAGE, but=["import uuid"])
    project.paste_page("database")
    project.add({"settings.py": server_settings})
    project.run("openssl ecparam -name prime256v1 -genkey -noout -out signing-key.pem")
    project.run("python manage.py makemigrations -v0 accounts")
    project.run("python manage.py migrate -v0")
    project.create_superuser()
    log_in_list_and_revoke(project, name="ann@example.com")
