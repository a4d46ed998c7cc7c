"""The folders of the tools and of their output."""

from pathlib import Path

HERE = Path(__file__).parent
GENERATED = HERE / "generated"
