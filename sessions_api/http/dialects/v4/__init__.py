"""Dialect v4: like v5, with one set of paths for users' own sessions and for staff."""
