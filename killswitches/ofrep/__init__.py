"""The OpenFeature Remote Evaluation Protocol (OFREP): other services honour the same switches.

A flag has the name of a switch, and is true while the switch is on. Stock providers of OpenFeature
read the flags. A host includes ``killswitches.ofrep.urls`` at the root of its URLs, and says in
``KILLSWITCHES`` who may read them; see :mod:`killswitches.ofrep.access`.
"""
