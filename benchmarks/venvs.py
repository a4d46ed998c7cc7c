"""The benchmark's virtual environment. This uses only the standard library, to create it."""

import hashlib
import os
import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path

from benchmarks.paths import REQUIREMENTS, ROOT


def enter(folder: Path, arguments: Sequence[str]) -> None:
    """Restart the process in the virtual environment; create it if it is missing or outdated.

    Returns only if the process already runs in it.

    :param folder: the directory of the virtual environment.
    :param arguments: the command line arguments.
    """
    python = str(folder / "bin" / "python")
    if Path(sys.prefix).resolve() == folder.resolve():
        return
    stamp = folder / "stamp"
    if not stamp.exists() or stamp.read_text() != _fingerprint():
        print(f"Creating {folder} with all contenders …", file=sys.stderr)
        venv.create(folder, with_pip=True, clear=True)
        us = f"{ROOT}[granian,metrics,production]"
        subprocess.run(
            [python, "-m", "pip", "install", "-q", "-r", REQUIREMENTS, "-e", us], check=True
        )
        stamp.write_text(_fingerprint())
    os.chdir(ROOT)
    os.execv(python, [python, "-m", "benchmarks", *arguments])


def _fingerprint() -> str:
    """Return a digest of everything that the virtual environment depends on."""
    sources = [Path(__file__), REQUIREMENTS, ROOT / "pyproject.toml"]
    text = b"".join(source.read_bytes() for source in sources) + sys.version.encode()
    return hashlib.sha256(text).hexdigest()
