"""Dialect v5, the present one; plug-ins add their endpoints to it."""
