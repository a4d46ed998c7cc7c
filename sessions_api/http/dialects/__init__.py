"""The dialects: paths, field names and envelopes of each generation of clients. A dialect parses
and renders; it decides nothing, and imports no other.
"""
