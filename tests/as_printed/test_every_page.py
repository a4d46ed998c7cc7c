"""The lines of all pages for hosts, pasted into one project: none undoes another."""

import re

from tests.as_printed.browser import Browser
from tests.as_printed.project import PASSWORD, Project
from tests.as_printed.visit import PAGE, Visitor, visiting
from tests.manual import blocks, page

#: Pages whose blocks are pasted as they are, except for those with one of these words.
PAGES = {
    # Another model; parts of the adapter for what this reader has not.
    "accounts": ["AbstractUser"],
    "adapter": ["backends_create_accounts", "axes", "# yours"],
    "cors": [],
    "cookies": [],
    "lifetimes": [],
    # A class that is another page's, an answer of a view, and tests.
    "notices": ["ClubAdapter", "def change_email", "def test_"],
    # Of views.
    "passwords": ["change_password"],
    "second-factors": [],
    # A test, and receivers of an app without any.
    "signals-and-switches": ["def test_", "forget_push_tokens"],
}
#: Apps of the reader: those that pages call theirs.
FURTHER_APPS = """
INSTALLED_APPS += ["exports.apps.ExportsConfig", "drf_spectacular", "drf_spectacular_sidecar"]
TEMPLATES[0]["DIRS"] = [BASE_DIR / "templates"]
# Django 6.1 writes this into each new project, in a form of its own.
if "MAILERS" not in globals():
    EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
"""


FORM = "<form method=post>{% csrf_token %}{{ form }}<button>Go</button></form>"


def paste_templates(project: Project) -> None:
    """Write the templates of a page, which begin with a comment that names them."""
    for block in blocks("html", page("hosts/admin")):
        name, text = re.fullmatch(r"\{# (\S+) #\}\n(.*)", block, re.DOTALL).groups()  # type: ignore[union-attr]
        project.add({name: text.strip()})


def describe(project: Project) -> None:
    """Paste the line that describes v5 in place of the one that mounts it alone."""
    urls = project.folder / "desk/urls.py"
    [mount] = [line for line in urls.read_text().splitlines() if "fallback]))]" in line]
    urls.write_text(urls.read_text().replace(mount, ""))
    text = page("hosts/openapi")
    [described] = re.findall(r"`(SPECTACULAR_SETTINGS = .*?)`", text)
    project.add({"settings.py": f"{described}\n"})
    project.paste_page("openapi")


def test_every_page_works_beside_the_others(project: Project) -> None:
    project.follow(PAGE, until="python manage.py migrate")
    for name, but in PAGES.items():
        project.paste_page(name, but=but)
    project.paste_page("admin", but=["AbstractUser", "support_site", "unfold"])
    paste_templates(project)
    project.add({"templates/sign_in.html": FORM})
    project.add({"settings.py": FURTHER_APPS, "exports/__init__.py": ""})
    uploads, *_ = blocks("python", page("hosts/own-views"))
    project.add({"uploads/__init__.py": "", "uploads/views.py": uploads})
    mounted, *_ = (
        one
        for one in blocks("python", page("hosts/own-views"))
        if "urlpatterns" in one and "uploads" in one
    )
    project.paste(mounted)
    describe(project)
    project.run("python manage.py migrate -v0")
    project.create_superuser()
    project.script(
        "from accounts.models import User\n"
        f'User.objects.create_user("bob", "bob@example.com", "{PASSWORD}")\n'
    )
    # The adapter of its page finds names and addresses, and keeps staff away.
    with visiting(project, name="bob@example.com") as visitor:
        visitor.log_in_list_and_revoke()
        browser = Browser()
        shown = browser.get(f"{visitor.address}/sign-in/")
        home = browser.submit(shown, "username", username="bob", password=PASSWORD)
        assert (home.url, home.text) == (f"{visitor.address}/", "bob, Python-urllib v3")
        staff = Visitor(project, visitor.address, "ann", "/auth")
        refused = staff.call(staff.login, "ann", PASSWORD)
        assert refused["code"] == "INSUFFICIENT_PERMISSIONS_ERROR"
        browser, pages = staff.walk_admin()
        assert 'id="sessions-overview"' in pages[0].text
        assert "EXPORTS" in " ".join(one.text for one in pages)
        described = browser.get(f"{visitor.address}/auth/schema/").text
        assert "/users/me/2fa" in described
        assert "/users/{uid}/ban" in described
        assert browser.get(f"{visitor.address}/new-password/x/y/").status == 200
    # The second login was from another device, of which the console tells.
    assert "https://example.com/account/" in project.logged()


def test_what_is_printed_is_fit_for_production(project: Project) -> None:
    """``check --deploy`` says what is left, and its hints leave Django's own points alone."""
    project.follow(PAGE, until="python manage.py migrate")
    project.paste_page("admin", but=["AbstractUser", "support_site", "unfold"])
    project.paste_page("database")
    project.add(
        {
            "settings.py": 'DEBUG = False\nALLOWED_HOSTS = ["example.com"]\n'
            'DATABASES["default"] = {"ENGINE": "django.db.backends.sqlite3", "NAME": "db"}\n'
        }
    )
    # Django 6.1 writes mail settings into a new project, and checks them itself.
    mail = set() if _has_mailers(project) else {"sessions_api.W019"}
    assert project.found("--deploy") == {"sessions_api.W018", *mail}
    project.heed(project.check("--deploy"))
    assert project.found("--deploy") == set()


def _has_mailers(project: Project) -> bool:
    return "MAILERS" in (project.folder / "desk/settings.py").read_text()
