"""The admin site with second factors: login, changing one's own password, and expired logins.

It is separate from ``admin``, because Django creates the site before it loads admin classes.
"""
