"""The style sheets and scripts of lists."""

from django.forms import Script

STYLES = ["killswitches/times.css", "sessions_api/tables.css", "sessions_api/lists.css"]


def script(name: str) -> Script:
    """Return a script of this app, which runs after the page has been parsed."""
    return Script(f"sessions_api/{name}.js", defer=True)
