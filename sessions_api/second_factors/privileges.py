"""Django's permissions on the second factors of others; see
:mod:`sessions_api.accounts.privileges` for who has to have them."""

VIEW_SECOND_FACTORS = "second_factors.view_secondfactor"
REMOVE_SECOND_FACTORS = "second_factors.delete_secondfactor"
