"""Logs: request ids, the access line, formats, and secrets that stay out."""
