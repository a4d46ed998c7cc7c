"""The list of sessions and the page of one. Ending them is asked in
:mod:`sessions_api.admin.bulk_sign_outs`.
"""
