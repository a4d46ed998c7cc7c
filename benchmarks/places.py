"""Where things lie. Of the standard library alone, for it is read before the venv stands."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ROOT / "benchmarks" / "requirements.txt"
#: The venv, and a folder for each run with its logs and results. Git ignores it.
DIRECTORY = ROOT / "var" / "benchmarks"
#: By this name the proxy in front calls every server.
HOST = "benchmark.test"
