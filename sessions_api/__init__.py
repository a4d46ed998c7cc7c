"""A reusable app: login sessions over REST and in the admin, for any user model.

Nothing here depends on a project or a plug-in.
"""

__version__ = "0.1.0a1"
