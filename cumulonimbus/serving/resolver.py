"""A cache of resolved paths."""

import functools

from django.core.handlers.base import BaseHandler
from django.http import HttpRequest
from django.urls import ResolverMatch, get_resolver

#: The maximum number of paths that a process caches, and their maximum length. Clients can request
#: any path, so these limit the cache to a few megabytes.
MAX_CACHED_PATHS = 1000
LONGEST = 200


class CachingResolverMixin(BaseHandler):
    """A mixin for Django's handlers that caches resolved paths.

    Clients of an API request the same few paths, and matching the patterns takes 6 % of the time
    of a request.
    """

    def resolve_request(self, request: HttpRequest) -> ResolverMatch:
        # A request with its own URL configuration is not cached.
        if hasattr(request, "urlconf") or len(request.path_info) > LONGEST:
            return super().resolve_request(request)
        known = _resolve(request.path_info)
        match = ResolverMatch.__new__(ResolverMatch)
        # Copied, so that changes to the arguments do not affect other requests.
        vars(match).update(vars(known), kwargs=dict(known.kwargs))
        request.resolver_match = match
        return match


@functools.lru_cache(MAX_CACHED_PATHS)
def _resolve(path: str) -> ResolverMatch:
    """Resolve a path with Django.

    :raises Resolver404: no pattern matches. This is not cached.
    """
    return get_resolver().resolve(path)
