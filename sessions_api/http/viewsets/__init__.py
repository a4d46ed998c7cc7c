"""Viewsets without a wire format: dialects add paths, field names and error formats."""
