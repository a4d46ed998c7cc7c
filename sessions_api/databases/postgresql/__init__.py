"""Django's backend for PostgreSQL; see ``base``."""
