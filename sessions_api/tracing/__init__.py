"""Traces for OpenTelemetry: a span for each request.

Only the middleware loads this package.
"""
