"""Lists of any length in the admin: keyset pages, and searches that use an index.

Nothing here depends on the models of the lists.
"""
