"""Caches that are not there."""

#: Nobody listens there, so that every try fails at once.
DOWN = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1"}
