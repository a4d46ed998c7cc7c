"""django-allauth, headless, for apps: Django's own session, named by ``X-Session-Token``."""
