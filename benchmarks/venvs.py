"""The benchmark's own venv. Of the standard library alone, for it makes the venv."""

import hashlib
import os
import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path

from benchmarks.places import REQUIREMENTS, ROOT


def enter(folder: Path, arguments: Sequence[str]) -> None:
    """Make the venv where it does not stand, or is out of date, and start anew within it.

    Does not return, but where it runs within it already.
    """
    python = str(folder / "bin" / "python")
    if Path(sys.prefix).resolve() == folder.resolve():
        return
    stamp = folder / "stamp"
    if not stamp.exists() or stamp.read_text() != _fingerprint():
        print(f"Making {folder}, with everybody who is compared …", file=sys.stderr)
        venv.create(folder, with_pip=True, clear=True)
        us = f"{ROOT}[granian,production]"
        subprocess.run(
            [python, "-m", "pip", "install", "-q", "-r", REQUIREMENTS, "-e", us], check=True
        )
        stamp.write_text(_fingerprint())
    os.chdir(ROOT)
    os.execv(python, [python, "-m", "benchmarks", *arguments])


def _fingerprint() -> str:
    """Of what the venv is made from."""
    sources = [REQUIREMENTS, ROOT / "pyproject.toml"]
    text = b"".join(source.read_bytes() for source in sources) + sys.version.encode()
    return hashlib.sha256(text).hexdigest()
