"""The second factors of accounts in the Django admin."""

from sessions_api.second_factors.admin.factors import SecondFactorAdmin
from sessions_api.second_factors.admin.users import UserSecondFactorsMixin

__all__ = ["SecondFactorAdmin", "UserSecondFactorsMixin"]
