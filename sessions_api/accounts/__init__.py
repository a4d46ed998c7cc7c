"""Accounts of any user model: how they are found, and what they may do."""
