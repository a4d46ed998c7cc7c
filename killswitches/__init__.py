"""Kill switches: a reusable app to close features in an emergency.

Switches are declared in a registry, flipped by audited services, and queried through a gate. The
app does not depend on the other apps of this project.
"""
