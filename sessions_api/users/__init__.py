"""A plug-in: accounts over REST, as far as sessions need them.

Users see their own account; staff see all accounts, and ban them. A host that needs none of this
leaves the app out of ``INSTALLED_APPS``.
"""
