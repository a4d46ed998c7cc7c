"""Mixins for a host's admin classes of users and groups.

They require nothing of the user model but the field ``is_active``.
"""
