"""Configuration of Sphinx: ``sphinx-build -W --keep-going -n docs docs/_build/html``."""

import os
import sys
import tempfile
from pathlib import Path

import django

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

# Tables are generated from the running code, with development settings and temporary keys.
_state = tempfile.TemporaryDirectory(prefix="cumulonimbus-docs-")
os.environ |= {"DEBUG": "true", "STATE_DIR": _state.name}
os.environ["DJANGO_SETTINGS_MODULE"] = "cumulonimbus.settings"
django.setup()

from sessions_api import __version__  # noqa: E402

project = "Cumulonimbus"
author = "The Cumulonimbus maintainers"
release = __version__
language = "en"

extensions = ["myst_parser", "from_code"]
exclude_patterns = ["_build", "from_code"]
myst_enable_extensions = ["colon_fence", "deflist"]
#: The deepest level of headings that links can target.
myst_heading_anchors = 3
#: The language of code blocks that name none.
highlight_language = "text"

html_theme = "furo"
html_title = f"{project} {release}"
html_search_scorer = str(Path(__file__).with_name("scorer.js"))
html_favicon = "../cumulonimbus/static/cumulonimbus/favicon.svg"
