"""The project: settings, URLs, the user model, and the WSGI and ASGI applications.

Only its settings read the environment. It installs the apps; no app depends on it.
"""
