"""Conditions: a switch that is on may apply only to some callers.

A condition is a dialect, a client (by its name, and by its version), a network, or a share of the
callers. A switch with several applies to callers for whom all of them hold. What is not known about
a caller fulfils no condition.
"""
