"""What newcomers' projects have of their own: lines, by the files that they stand in."""

#: Accounts with an email address for a name, without permissions and staff.
EMAIL_ACCOUNTS = {
    "accounts/__init__.py": "",
    "accounts/migrations/__init__.py": "",
    "accounts/models.py": """
import uuid

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower


class UserManager(BaseUserManager):
    def create_superuser(self, email, password, **fields):
        user = self.model(email=self.normalize_email(email))
        user.set_password(password)
        user.save()
        return user


class User(AbstractBaseUser):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(unique=True)
    is_active = models.BooleanField(default=True)

    objects = UserManager()

    USERNAME_FIELD = "email"

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_unique")]
""",
}

WITHOUT_ADMIN = {
    "desk/urls.py": "urlpatterns = []\n",
    "desk/settings.py": 'INSTALLED_APPS.remove("django.contrib.admin")\n',
}

GERMAN = {
    "desk/settings.py": """
LANGUAGE_CODE = "de"
TIME_ZONE = "Europe/Berlin"
USE_THOUSAND_SEPARATOR = True
MIDDLEWARE.insert(2, "django.middleware.locale.LocaleMiddleware")
"""
}


def in_place_of_the_admin(config: str) -> dict[str, str]:
    """Return the line that a reader writes where a page names another ``AdminConfig``."""
    line = f'INSTALLED_APPS[INSTALLED_APPS.index("django.contrib.admin")] = "{config}"\n'
    return {"desk/settings.py": line}


OWN_DEFAULT_SITE = {
    "desk/apps.py": """
from django.contrib.admin.apps import AdminConfig


class DeskAdminConfig(AdminConfig):
    default_site = "desk.admin.DeskAdminSite"
""",
    "desk/admin.py": """
from django.contrib.admin import AdminSite


class DeskAdminSite(AdminSite):
    site_header = "The desk"
""",
} | in_place_of_the_admin("desk.apps.DeskAdminConfig")

#: Of the site that docs/hosts/admin.md prints.
MOUNTED_SUPPORT_SITE = {
    "desk/urls.py": """
from accounts.admin import support_site

urlpatterns += [path("support/", support_site.urls)]
"""
}

UNFOLD = {"desk/settings.py": 'INSTALLED_APPS = ["unfold", *INSTALLED_APPS]\n'}

#: Django's own sessions are kept elsewhere, and all the rest is read from a replica.
FURTHER_DATABASES = {
    "desk/routers.py": """
class Router:
    def db_for_read(self, model, **hints):
        if model._meta.app_label == "sessions":
            return "elsewhere"
        return "replica" if model._meta.model_name == "auditevent" else "default"

    def db_for_write(self, model, **hints):
        return "elsewhere" if model._meta.app_label == "sessions" else "default"

    def allow_relation(self, one, other, **hints):
        return True

    def allow_migrate(self, db, app_label, **hints):
        return db == ("elsewhere" if app_label == "sessions" else "default")
""",
    "desk/settings.py": """
DATABASES["elsewhere"] = DATABASES["default"] | {"NAME": BASE_DIR / "elsewhere.sqlite3"}
DATABASES["replica"] = DATABASES["default"] | {"OPTIONS": {}}
DATABASE_ROUTERS = ["desk.routers.Router"]
""",
}

TESTS = """
from django.contrib.auth import get_user_model
from django.test import TestCase
from sessions_api.testing import log_in


class SessionTests(TestCase):
    def test_a_login(self):
        ann = get_user_model().objects.create_user("ann", password="correct horse")
        body = {"username": "ann", "password": "correct horse"}
        answer = self.client.post("/auth/login", body, content_type="application/json")
        self.assertEqual(answer.status_code, 201)
        self.assertEqual(log_in(ann).get("/auth/users/me/sessions").json()["count"], 2)
"""
