"""Dialect WolfPal: sessions with device and location, errors as ``{code, error}``."""
