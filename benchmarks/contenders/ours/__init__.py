"""The service itself, as it is deployed: every duty on, behind one proxy."""
