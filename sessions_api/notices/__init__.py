"""Notices: owners are told by mail what happens to their accounts, and can secure them by a link.

This is an optional app. Notices are written to an outbox in the transaction of the operation, and
sent by a background thread of each server process or by ``manage.py send_notices``.
"""
