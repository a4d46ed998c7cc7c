"""django-allauth headless: Django sessions, identified by a cookie or ``X-Session-Token``."""
