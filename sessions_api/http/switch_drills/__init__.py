"""Drills of kill switches: each endpoint that a switch closes is called for a made-up caller.

The caller has no account and no session in the database. Whether the switch is on is made up too,
so nobody else notices. Views are called as their routes would call them, with a gate that ends the
request where the action would begin (:mod:`.gate`).
"""
