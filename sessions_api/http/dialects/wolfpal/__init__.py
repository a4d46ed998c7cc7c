"""Dialect WolfPal: sessions with their device and location, errors as ``{code, error}``."""
