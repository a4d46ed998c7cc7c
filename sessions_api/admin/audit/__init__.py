"""The audit trail: its list, filters, search and exports. Nothing here writes events but the export
of them.
"""
