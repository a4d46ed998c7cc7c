"""Securing a hijacked account from its page. The work itself is done in
:mod:`sessions_api.services.securing`.
"""
