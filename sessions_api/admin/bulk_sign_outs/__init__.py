"""Ending sessions in the admin: the confirmation page, and bulk sign-outs with their progress.

The sessions are ended by :mod:`sessions_api.services.bulk_sign_outs`.
"""
