"""The REST endpoints of second factors: viewsets, their wire format and paths in v5, OpenAPI."""
