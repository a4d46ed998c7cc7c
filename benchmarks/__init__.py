"""Benchmarks of the service and its peers; ``README.md`` in this folder explains the method.

Run ``python3 -m benchmarks``. Modules in ``inside`` and ``contenders`` run in Django processes,
with the settings of one contender. All others run in the main process, which does not use Django.
"""
