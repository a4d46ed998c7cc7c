"""Projects as a newcomer makes them: by ``startproject``, and by what pages of the manual print.

The commands run in the newcomer's environment, which knows nothing of this checkout unless it is
installed there.
"""

import re
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from tests.as_printed import terminal
from tests.manual import blocks, page

#: What printed lines leave open is filled in here.
OPEN = "…"
PASSWORD = "correct horse 9"
PRINTED_ADDRESS = "http://127.0.0.1:8000"

#: What the ids of Django's own system checks begin with, of those that a new project meets.
DJANGOS = ("mail.", "security.")

#: Where a page's file lies in the project.
HOMES = {
    "admin.py": "accounts/admin.py",
    # The only page that has one calls the app so.
    "apps.py": "exports/apps.py",
    "settings.py": "desk/settings.py",
    "urls.py": "desk/urls.py",
}
#: Where a hint begins, and what follows it.
_HINT = re.compile(
    r"(?:HINT: |ImproperlyConfigured: )(.*?)"
    r"(?=\n[\w.?]+: \(|\n\n?(?:WARNINGS|ERRORS|System check)|\Z)",
    re.DOTALL,
)
_FILE = re.compile(r"^# ((?:\w+/)?\w+\.py)\n", re.MULTILINE)


class Project:
    """A folder with a project ``desk``, perhaps an app ``accounts``, and an environment.

    :param python: the interpreter of the environment.
    """

    def __init__(self, folder: Path, python: str) -> None:
        self.folder = folder
        self.environment = {
            "PATH": f"{Path(python).parent}:/usr/local/bin:/usr/bin:/bin",
            "HOME": str(folder),
            "LC_ALL": "C.UTF-8",
            # What a server prints is there as soon as it is printed.
            "PYTHONUNBUFFERED": "1",
        }

    def run(self, command: str, **environment: str) -> str:
        """Run a line of a shell, and return what it prints.

        :raises AssertionError: it failed.
        """
        done = self.try_to(command, **environment)
        assert done.returncode == 0, f"$ {command}\n{done.stdout}{done.stderr}"
        return done.stdout

    def try_to(self, command: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a line of a shell, which may fail."""
        return subprocess.run(
            ["bash", "-ec", command],
            cwd=self.folder,
            env=self.environment | environment,
            capture_output=True,
            text=True,
        )

    def start(self) -> None:
        """Make a project without apps."""
        self.run("django-admin startproject desk .")

    def add(self, lines: Mapping[str, str]) -> None:
        """Add lines to the ends of files."""
        for file, text in lines.items():
            path = self.folder / HOMES.get(file, file)
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("a") as opened:
                opened.write(f"\n{text}")

    def paste(self, text: str) -> None:
        """Add a printed block of Python to the files that it names in comments."""
        first, *parts = _FILE.split(text)
        assert not first.strip(), f"a block must begin with its file: {text}"
        for file, lines in zip(parts[::2], parts[1::2], strict=True):
            self.add({file: lines})

    def paste_page(self, name: str, *, but: Sequence[str] = ()) -> None:
        """Paste all blocks of Python of a page for hosts.

        :param but: words by which blocks are left out.
        """
        for block in blocks("python", page(f"hosts/{name}")):
            if not any(word in block for word in but):
                self.paste(block)

    def follow(self, name: str, *, until: str) -> None:
        """Do what a page for hosts prints, in its order: paste its Python, run its commands.

        :param until: the beginning of the command at which to stop.
        """
        for language, block in re.findall(
            r"^```(python|sh)\n(.*?)^```", page(f"hosts/{name}"), re.MULTILINE | re.DOTALL
        ):
            if language == "python":
                self.paste(block)
                continue
            for line in block.splitlines():
                if line.startswith(until):
                    return
                if not line.startswith("pip install"):
                    self.run(line)
        raise AssertionError(f"{name} does not print {until}")

    def create_superuser(self, name: str = "ann") -> None:
        """Run ``createsuperuser`` with a name and no questions."""
        self.run(
            "python manage.py createsuperuser --noinput",
            DJANGO_SUPERUSER_USERNAME=name,
            DJANGO_SUPERUSER_EMAIL=f"{name}@example.com",
            DJANGO_SUPERUSER_PASSWORD=PASSWORD,
        )

    def answer_createsuperuser(self, name: str = "ann") -> None:
        """Run ``createsuperuser`` as it is printed, at a terminal."""
        answers = [
            ("Username", name),
            ("Email", f"{name}@example.com"),
            ("Password", PASSWORD),
            ("again", PASSWORD),
        ]
        command = ["python", "manage.py", "createsuperuser"]
        terminal.answer(command, answers, folder=self.folder, environment=self.environment)

    def check(self, *options: str) -> str:
        """Return what ``manage.py check`` says, whether or not it fails."""
        done = self.try_to(" ".join(["python manage.py check", *options]))
        return done.stdout + done.stderr

    def found(self, *options: str) -> set[str]:
        """Return the ids of what the system checks find of ours."""
        return ids_of(self.check(*options))

    def heed(self, said: str) -> None:
        """Do what hints of system checks, or an error at the start, say: run and paste their lines.

        :param said: the output of a command.
        """
        for hint in _HINT.findall(said):
            commands = [line for line in hint.splitlines() if line.startswith("openssl ")]
            for command in commands:
                self.run(command)
            for file, lines in re.findall(
                r"Add to (\w+\.py)[^\n]*:\n(.*?)(?=\n*\Z|\nAdd to )", hint, re.DOTALL
            ):
                self.add({file: lines + "\n"})

    def script(self, text: str) -> str:
        """Run Python inside the project, and return what it prints."""
        path = self.folder / "script_of_a_test.py"
        path.write_text(text)
        return self.run(f"python manage.py shell -v0 < {path.name}")

    @contextmanager
    def serve(self) -> Iterator[str]:
        """Run the development server, and yield its address."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            address = f"127.0.0.1:{probe.getsockname()[1]}"
        log = self.folder / "runserver.log"
        with log.open("w") as output:
            process = subprocess.Popen(
                ["python", "manage.py", "runserver", "--noreload", address],
                cwd=self.folder,
                env=self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            _wait_for(f"http://{address}/", process, log)
            yield f"http://{address}"
        finally:
            process.terminate()
            process.wait(10)

    def logged(self) -> str:
        """Return what the development server has printed."""
        return (self.folder / "runserver.log").read_text()


def ids_of(said: str) -> set[str]:
    """Return the ids of our system checks in the output of a command."""
    ids = set(re.findall(r"\((\w+\.[EWI]\d{3})\)", said))
    return {one for one in ids if not one.startswith(DJANGOS)}


def printed_commands(name: str) -> list[str]:
    """Return the lines of a shell that a page for hosts prints."""
    text = "".join(blocks("sh", page(f"hosts/{name}")))
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def filled_in(line: str, *values: str) -> str:
    """Return a printed line with values in place of what it leaves open."""
    for value in values:
        line = line.replace(OPEN, value, 1)
    assert OPEN not in line, line
    return line


def _wait_for(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        try:
            urlopen(url, timeout=5).close()  # noqa: S310
        except OSError as error:
            if isinstance(error, URLError) and not hasattr(error, "code"):
                time.sleep(0.1)
                continue
        return
    raise AssertionError(log.read_text())
