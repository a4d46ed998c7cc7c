"""The REST endpoints of incidents: viewsets, their wire format and paths in v5, OpenAPI."""
