"""Paths and host names. This uses only the standard library, to create the virtual environment."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ROOT / "benchmarks" / "requirements.txt"
#: For the virtual environment, and a folder with logs and results of each run. Git ignores it.
DIRECTORY = ROOT / "var" / "benchmarks"
#: The ``Host`` header of all requests.
HOST = "benchmark.test"
