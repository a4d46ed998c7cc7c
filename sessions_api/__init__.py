"""A reusable app: login sessions over REST and in the admin, for any user model. It knows no
project and no plug-in.
"""

__version__ = "0.1.0"
