"""Tokens and their signing keys. Nothing here checks whether a token's session is active."""
