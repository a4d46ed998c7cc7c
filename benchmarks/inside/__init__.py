"""Modules that run in a Django process, started by ``__main__``."""
