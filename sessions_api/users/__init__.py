"""A plug-in: the accounts of the API's users over REST, as far as sessions need them.

Who is logged in; for staff also all accounts, and bans. A host that mounts none of this leaves the
app out of ``INSTALLED_APPS``.
"""
