"""What is measured, against whom, and how: see ``README.md`` in this folder.

``python3 -m benchmarks`` measures. Modules here run in one of two places: those of ``inside`` and
``contenders`` in a process of Django's, under the settings of one contender; all others in the
process that measures, which knows no Django.
"""
