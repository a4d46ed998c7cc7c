"""The API over HTTP: policies, the gate that holds every request to them, viewsets, dialects and
their descriptions. What it decides it asks of :mod:`sessions_api.services`.
"""
