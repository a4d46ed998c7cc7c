"""The REST endpoints of accounts: viewsets, policies and paths in v5, OpenAPI."""
