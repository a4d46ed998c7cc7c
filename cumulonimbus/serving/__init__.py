"""Parts that the WSGI and ASGI applications share: request classes, URL resolver, startup."""
