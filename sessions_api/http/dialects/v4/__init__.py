"""Dialect v4: as v5, with one set of paths for oneself and for staff."""
