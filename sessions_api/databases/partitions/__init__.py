"""Partitioning a table of PostgreSQL that is in use, by the value of a column."""
