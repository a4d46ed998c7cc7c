"""``ENV_FILE``: its syntax, its precedence, and what is said of a bad one."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings

from cumulonimbus.checks import check_env_file
from cumulonimbus.configuration import env_file
from tests.cumulonimbus.processes import finish, setting, start

#: Prints the variables of ``environment.d``, with systemd's own parser for ``EnvironmentFile``.
GENERATOR = "/usr/lib/systemd/user-environment-generators/30-systemd-environment-d-generator"

Load = Callable[[str | bytes], dict[str, str]]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Load a file with this content, and return the environment to which it was added."""

    def loaded(content: str | bytes) -> dict[str, str]:
        path = tmp_path / "cumulonimbus.env"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        environment = {"GIVEN": "by the environment"}
        try:
            assert env_file.load(str(path), environment) == path
        except ImproperlyConfigured:
            assert environment == {"GIVEN": "by the environment"}
            raise
        return environment

    return loaded


VALUES = {
    "A": "plain",
    "B_2": "postgres://a:b%24@host/name?sslmode=require&x=1",
    "FROM": "Cumulonimbus <hello@example.com>",
    "base64": "aB+/9==",
    "HASH": "a#b;c",
    "KEYS": "/etc/a.pem,/etc/b.pem",
    "UNICODE": "Zoë",
}
TEXT = "# A comment = with 'quotes'\n\n" + "".join(f"{n}={v}\n" for n, v in VALUES.items())


def test_lines_are_variables_unless_the_environment_has_them(load: Load) -> None:
    expected = VALUES | {"EMPTY": "", "GIVEN": "by the environment"}
    assert load(f"{TEXT}EMPTY=\r\nGIVEN=by the file\n") == expected


def test_systemd_reads_the_same(tmp_path: Path) -> None:
    folder = tmp_path / "environment.d"
    folder.mkdir()
    (folder / "a.conf").write_text(TEXT)
    environment = {"XDG_CONFIG_HOME": str(tmp_path), "HOME": str(tmp_path)}
    done = subprocess.run([GENERATOR], env=environment, capture_output=True, text=True, check=True)
    # It prints a shell's quotes around some values.
    script = f"set -a; {done.stdout}\nunset PWD SHLVL _ OLDPWD\nenv"
    shown = subprocess.run(["bash", "-c", script], env={}, capture_output=True, text=True)
    read = dict(line.split("=", 1) for line in shown.stdout.splitlines())
    assert VALUES.items() <= read.items()


@pytest.mark.parametrize(
    "value",
    ["'hunter2'", '"hunter2"', "hunter2\\n", "$hunter2", "hunter2 # old", " hunter2", "hunter2 ",
     "#hunter2"],
)  # fmt: skip
def test_what_is_read_differently_is_refused_and_not_quoted(load: Load, value: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"line 2 of .* gives SECRET_KEY a") as caught:
        load(f"A=1\nSECRET_KEY={value}\n")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "line",
    ["hunter2", "export A=hunter2", "A = hunter2", " A=hunter2", "2A=hunter2", "A-B=hunter2",
     "A: hunter2", "=hunter2", " ", "A=hunter2\0"],
)  # fmt: skip
def test_a_line_that_is_no_variable_is_refused_and_not_quoted(load: Load, line: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"line 1 of .* is not NAME=value") as caught:
        load(f"{line}\n")
    assert "hunter2" not in str(caught.value)


def test_a_variable_that_is_set_twice_is_refused(load: Load) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"line 2 of .* sets A a second time"):
        load("A=1\nA=1\n")


def test_a_file_that_is_not_utf_8_is_refused(load: Load) -> None:
    with pytest.raises(ImproperlyConfigured, match="cannot be read: it is not UTF-8"):
        load(b"A=\xff")


def test_the_settings_read_it(production: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "service.env"
    keys = tmp_path / "signing-key.pem"
    keys.write_text(production.pop("SIGNING_KEYS"))
    secret = production.pop("SECRET_KEY").replace("$", "S")
    path.write_text(f"SECRET_KEY={secret}\nSIGNING_KEYS={keys}\nLOG_LEVEL=ERROR\n")
    production |= {"ENV_FILE": str(path), "LOG_LEVEL": "DEBUG"}
    assert setting("[s.SECRET_KEY, s.LOG_LEVEL]", **production) == [secret, "DEBUG"]


def test_a_file_that_is_missing_is_one_sentence(production: dict[str, str]) -> None:
    process = start("manage.py", "check", **production, ENV_FILE="/nowhere/a.env")
    code, _, err = finish(process)
    assert code == 1
    assert err == (
        "ImproperlyConfigured: ENV_FILE names /nowhere/a.env, which cannot be read: "
        "No such file or directory.\n"
    )


@pytest.mark.parametrize(("mode", "found"), [(0o640, []), (0o644, ["cumulonimbus.W001"])])
def test_a_file_that_everybody_can_read(tmp_path: Path, mode: int, found: list[str]) -> None:
    path = tmp_path / "a.env"
    path.touch()
    path.chmod(mode)
    with override_settings(ENV_FILE=path):
        messages = check_env_file(None)
        assert [message.id for message in messages] == found
        for message in messages:
            subprocess.run(["sh", "-c", str(message.hint)], check=True)
        assert check_env_file(None) == []
    with override_settings(ENV_FILE=None):
        assert check_env_file(None) == []
