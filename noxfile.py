"""The suite on SQLite, on each Django with each Python that this machine has, and what else a
contributor runs. No session needs root, a database server or a browser.

``nox`` runs the pairs, ``nox -s newest`` the newest of either; what stands behind ``--`` goes to
pytest. Interpreters that pyenv has installed need not be on the ``PATH``.
"""

import os
from pathlib import Path

import nox
from python_discovery import get_interpreter

#: Of each release of Django the releases of Python that it supports, and this project too.
PYTHONS = {
    "5.2": ("3.11", "3.12", "3.13", "3.14"),
    "6.0": ("3.12", "3.13", "3.14"),
    "6.1": ("3.12", "3.13", "3.14"),
}
PAIRS = [(django, python) for django, pythons in PYTHONS.items() for python in pythons]

nox.options.sessions = ["tests"]
nox.options.default_venv_backend = "venv"
nox.options.download_python = "never"
nox.options.error_on_missing_interpreters = False


def _look_into_pyenv() -> None:
    """Whether or not one of its versions is chosen here."""
    root = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser()
    folders = sorted(str(path) for path in root.glob("versions/*/bin"))
    os.environ["PATH"] = os.pathsep.join([os.environ["PATH"], *folders])


_look_into_pyenv()

EVERY = sorted({python for _, python in PAIRS})
FOUND = [python for python in EVERY if get_interpreter(python)]
NEWEST_DJANGO, NEWEST_PYTHON = max(pair for pair in PAIRS if pair[1] in FOUND)


@nox.session
@nox.parametrize(("django", "python"), PAIRS)
def tests(session: nox.Session, django: str) -> None:
    """One pair."""
    run(session, django)


@nox.session(python=NEWEST_PYTHON)
def newest(session: nox.Session) -> None:
    """The newest Django with the newest Python; also says which Python is not found."""
    missing = [python for python in EVERY if python not in FOUND]
    session.warn(f"Not found, so not tried: Python {', '.join(missing) or 'none'}.")
    run(session, NEWEST_DJANGO, "--cov", "--cov-report=term:skip-covered")


@nox.session
def lint(session: nox.Session) -> None:
    """Lint, format, types and imports."""
    session.install("-e", ".[test]")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("mypy")
    session.run("lint-imports")


@nox.session
def docs(session: nox.Session) -> None:
    """The manual, in ``docs/_build/html``."""
    session.install("-e", ".[docs]")
    session.run("sphinx-build", "-W", "--keep-going", "-n", "docs", "docs/_build/html")


@nox.session(python="3.11")
def lock(session: nox.Session) -> None:
    """Write down the versions that the development environment has, for the oldest Python."""
    session.install("pip-tools>=7.5,<8")
    session.run(
        "pip-compile",
        "--extra=dev",
        "--no-emit-index-url",
        "--no-emit-trusted-host",
        "--no-emit-find-links",
        "--no-header",
        "--strip-extras",
        "--unsafe-package=cumulonimbus",
        "--output-file=requirements-dev.lock",
        *session.posargs,
        "pyproject.toml",
        silent=True,
    )


def run(session: nox.Session, django: str, *options: str) -> None:
    """Install the project with a release of Django, and test it."""
    session.install("-e", ".[test]", f"django=={django}.*")
    session.run("python", "-c", "import sys, django; print(sys.version, django.__version__)")
    session.run(
        *("python", "-m", "pytest", "-n", "auto", *options, *session.posargs),
        # What Python 3.12 and later have for it costs next to nothing.
        env={"COVERAGE_CORE": "sysmon"} if options else {},
    )
