"""The accounts of the load. As a program, it makes them in the database of its environment."""

import json
import subprocess
import sys
from dataclasses import dataclass

from tests.paths import ROOT

PASSWORD = "a good password"
STAFF = "root"
ORDINARY, BANNABLE = 40, 5


@dataclass(frozen=True)
class Accounts:
    """:param ids: the id of each account by its name."""

    ids: dict[str, str]

    @property
    def ordinary(self) -> list[str]:
        return [name for name in self.ids if name.startswith("user")]

    @property
    def bannable(self) -> list[str]:
        return [name for name in self.ids if name.startswith("banned")]


def make(environment: dict[str, str]) -> Accounts:
    """Migrate the database of an environment, and make the accounts there."""
    command = [sys.executable, "-m", "tests.faults.accounts"]
    made = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=True)
    return Accounts(json.loads(made.stdout))


def main() -> None:
    import django

    django.setup()

    from django.contrib.auth import get_user_model
    from django.contrib.auth.hashers import make_password
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    model = get_user_model()
    password = make_password(PASSWORD)
    names = [f"user{number}" for number in range(ORDINARY)]
    names += [f"banned{number}" for number in range(BANNABLE)]
    ids = {}
    for name in (STAFF, *names):
        is_staff = name == STAFF
        account = model.objects.create(
            username=name, password=password, is_staff=is_staff, is_superuser=is_staff
        )
        ids[name] = str(account.pk)
    print(json.dumps(ids))


if __name__ == "__main__":
    main()
