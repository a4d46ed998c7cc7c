"""Ending sessions from the admin: the question, the answer, and endings that take long. The work
itself is done in :mod:`sessions_api.services.bulk_sign_outs`.
"""
