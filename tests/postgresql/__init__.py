"""The service's backend for PostgreSQL, with a quicker way to empty the tables after a test."""
