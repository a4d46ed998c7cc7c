"""The HTTP API: policies, the gate that enforces them, viewsets, dialects and OpenAPI descriptions.

Views parse and render. Decisions are made in :mod:`sessions_api.services`.
"""
