"""Dialect v3: seeds 000 and 001 of the contract."""
