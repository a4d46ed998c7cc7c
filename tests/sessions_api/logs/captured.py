"""What the project's handler writes, with its filters and formats, into a text."""

import copy
import io
import logging
import logging.config
from collections.abc import Iterator
from contextlib import contextmanager

from cumulonimbus.configuration.logs import logging_settings


@contextmanager
def captured(form: str = "line") -> Iterator[io.StringIO]:
    """Yield the text of all lines that are logged meanwhile.

    :param form: the format, ``line`` or ``json``.
    """
    text = io.StringIO()
    config = copy.deepcopy(logging_settings("INFO", form))
    configurator = logging.config.DictConfigurator(config)
    handler = logging.StreamHandler(text)
    handler.setFormatter(configurator.configure_formatter(config["formatters"][form]))
    for name in config["handlers"]["stderr"]["filters"]:
        handler.addFilter(configurator.configure_filter(config["filters"][name]))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    try:
        yield text
    finally:
        root.setLevel(level)
        root.removeHandler(handler)
