"""System checks: what is set wrongly fails ``manage.py check``, under a stable id. To import a
module of this package registers its checks.
"""
