"""The admin's login with a second factor: the site, its forms, one's own password, expired logins.
It is apart from ``admin``, for Django makes the site before it loads any admin.
"""
