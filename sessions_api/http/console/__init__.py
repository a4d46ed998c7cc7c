"""Sessions of the console: the middleware that ties Django's sessions to rows of ``UserSession``.

It works with any admin site. :mod:`sessions_api.services.console_sessions` says what a session of
the console is.
"""
