"""Metrics for Prometheus at ``/metrics``, over all processes of a server.

Only the middleware loads this package, so without it nothing is counted.
"""
