"""Settings of an unavailable cache."""

#: Nothing listens on this port, so that each connection fails immediately.
DOWN = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1"}
