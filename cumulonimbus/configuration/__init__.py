"""Helpers of the settings module: environment variables, service URLs, local secrets, logging.

Nothing here may read Django's settings, because they are not complete yet.
"""
