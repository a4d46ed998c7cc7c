"""Tokens, and the keys that sign them. Whether the session of a token lives is another matter."""
