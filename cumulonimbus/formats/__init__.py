"""Formats that make Django's own pages show times as the project's pages do, by language."""
