"""Lists of any length in the admin: keys in place of page numbers, searches by an index. It knows
no model of the lists that use it.
"""
