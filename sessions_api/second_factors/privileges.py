"""The Django permissions that staff need for other users' second factors.

See :mod:`sessions_api.accounts.privileges` for how they are applied.
"""

VIEW_SECOND_FACTORS = "second_factors.view_secondfactor"
REMOVE_SECOND_FACTORS = "second_factors.delete_secondfactor"
