"""Where the descriptions and the tools are."""

from pathlib import Path

HERE = Path(__file__).parent
GENERATED = HERE / "generated"
