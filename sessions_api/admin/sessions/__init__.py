"""The list of sessions, and their pages. :mod:`sessions_api.admin.bulk_sign_outs` ends them."""
