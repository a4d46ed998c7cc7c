"""Dialect v5, the current one. Plug-ins add their endpoints to it."""
