"""A PostgreSQL backend for Django that survives restarts of the server; see ``base``."""
