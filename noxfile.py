"""Sessions for contributors: the tests on SQLite, faults, lint, the manual and the lock file.

No session needs root, a running database server or a browser. ``nox`` tests each supported pair of
Django and Python whose interpreter is installed; ``nox -s newest`` tests the newest pair.
Arguments after ``--`` are passed to pytest. Interpreters installed by pyenv are found even if they
are not on the ``PATH``.
"""

import os
import sys
from pathlib import Path

import nox
from python_discovery import get_interpreter

#: The releases of Python that each release of Django and this project support.
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


def _add_pyenv_to_path() -> None:
    """Add all interpreters installed by pyenv to the ``PATH``, whichever is selected here."""
    root = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser()
    folders = sorted(str(path) for path in root.glob("versions/*/bin"))
    os.environ["PATH"] = os.pathsep.join([os.environ["PATH"], *folders])


_add_pyenv_to_path()

EVERY = sorted({python for _, python in PAIRS})
FOUND = [python for python in EVERY if get_interpreter(python)]
NEWEST_DJANGO, NEWEST_PYTHON = max(pair for pair in PAIRS if pair[1] in FOUND)


@nox.session
@nox.parametrize(("django", "python"), PAIRS)
def tests(session: nox.Session, django: str) -> None:
    """Test one pair of Django and Python."""
    run(session, django)


@nox.session(python=NEWEST_PYTHON)
def newest(session: nox.Session) -> None:
    """Test the newest Django with the newest Python found, and list missing Pythons.

    A run of all tests measures their coverage, and fails below the minimum in ``pyproject.toml``.
    """
    missing = [python for python in EVERY if python not in FOUND]
    session.warn(f"Not found, so not tested: Python {', '.join(missing) or 'none'}.")
    coverage = () if session.posargs else ("--cov", "--cov-report=term:skip-covered")
    run(session, NEWEST_DJANGO, *coverage)


@nox.session(python=NEWEST_PYTHON)
def hosts(session: nox.Session) -> None:
    """Follow the manual in new projects, with the wheel and the newest Django.

    Some projects also use the checkout and the environment that nox runs in, which needs the
    extra ``test``. The first argument may be a wheel; without one it is built. Projects on
    PostgreSQL and Redis need ``DATABASE_URL`` and ``CACHE_URL``.
    """
    wheels = [argument for argument in session.posargs if argument.endswith(".whl")]
    others = [argument for argument in session.posargs if argument not in wheels]
    if not wheels:
        folder = Path(session.create_tmp())
        build = ("-m", "build", "--wheel", "--outdir", str(folder), ".")
        session.run(sys.executable, *build, external=True)
        wheels = [str(max(folder.glob("*.whl"), key=lambda path: path.stat().st_mtime))]
    extras = nox.project.load_toml("pyproject.toml")["project"]["optional-dependencies"]
    themes = [requirement for requirement in extras["test"] if "unfold" in requirement]
    session.install(f"{wheels[0]}[production]", f"django=={NEWEST_DJANGO}.*", *themes)
    session.run(
        *(sys.executable, "-m", "pytest", "-n", "2", "tests/as_printed", *others),
        env={"HOST_PYTHON": f"{session.bin}/python"},
        external=True,
    )


@nox.session(python=NEWEST_PYTHON)
def faults(session: nox.Session) -> None:
    """Let faults strike while the service is under load, and print a table.

    It starts PostgreSQL, Redis and the service by itself, and needs their programs and nginx. As
    root it also fills a small disk. ``nox -s faults -- --soak 900`` looks for growth instead.
    """
    session.install("-e", ".[test]")
    session.run("python", "-m", "tests.faults", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Check lint, format, types and imports."""
    session.install("-e", ".[test]")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("mypy")
    session.run("lint-imports")


@nox.session
def docs(session: nox.Session) -> None:
    """Build the manual in ``docs/_build/html``. Warnings are errors."""
    session.install("-e", ".[docs]")
    session.run("sphinx-build", "-W", "--keep-going", "-n", "docs", "docs/_build/html")


@nox.session(python="3.11")
def lock(session: nox.Session) -> None:
    """Compile ``requirements-dev.lock`` with the oldest supported Python."""
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
    """Install the project with a release of Django and run its tests.

    :param django: the release, such as ``5.2``.
    :param options: options for pytest.
    """
    session.install("-e", ".[test]", f"django=={django}.*")
    session.run("python", "-c", "import sys, django; print(sys.version, django.__version__)")
    session.run(
        *("python", "-m", "pytest", "-n", "auto", *options, *session.posargs),
        # sys.monitoring (Python 3.12 and later) makes coverage much cheaper.
        env={"COVERAGE_CORE": "sysmon"} if options else {},
    )
