"""The dialects: the paths, field names and error formats of each generation of clients.

A dialect only parses and renders. It makes no decisions and imports no other dialect.
"""
