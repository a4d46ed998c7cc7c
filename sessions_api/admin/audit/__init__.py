"""The audit log in the admin: its list, filters, search and exports.

Nothing here writes events, except for the export itself.
"""
