"""Incidents: an attack answered from one page, by REST or by command, with one timeline.

An app of its own, which a host may leave out.
"""
