"""Dialect v3: the oldest generation of clients."""
