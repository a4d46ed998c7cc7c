"""Securing a hijacked account in the admin, by :mod:`sessions_api.services.securing`."""
