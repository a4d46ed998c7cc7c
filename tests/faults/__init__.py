"""Faults, one after another, while the service is under load: ``python -m tests.faults``."""
