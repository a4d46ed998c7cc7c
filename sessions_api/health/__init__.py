"""Health for load balancers and orchestrators: ``/livez`` and ``/readyz``, and what they check."""
