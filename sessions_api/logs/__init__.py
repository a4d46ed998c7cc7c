"""Logs: request ids, an access line per request, formats, and one place that keeps secrets out.

Settings modules name these classes in ``LOGGING``, so nothing here imports models.
"""
