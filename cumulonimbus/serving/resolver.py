"""Where a path leads to, remembered."""

import functools

from django.core.handlers.base import BaseHandler
from django.http import HttpRequest
from django.urls import ResolverMatch, get_resolver

#: How many paths each process remembers, and of how many characters: some megabytes at most, for
#: anybody may ask for anything.
REMEMBERED_PATHS = 1000
LONGEST = 200


class Remembering(BaseHandler):
    """Mixed into one of Django's handlers: remembers where a path has led to.

    Callers of an API ask for the same few paths, and to try one pattern after the other takes 6 %
    of a request.
    """

    def resolve_request(self, request: HttpRequest) -> ResolverMatch:
        # Whoever brings patterns of their own means these.
        if hasattr(request, "urlconf") or len(request.path_info) > LONGEST:
            return super().resolve_request(request)
        known = _resolve(request.path_info)
        match = ResolverMatch.__new__(ResolverMatch)
        # What is done to the arguments of one request is not done to the next one's.
        vars(match).update(vars(known), kwargs=dict(known.kwargs))
        request.resolver_match = match
        return match


@functools.lru_cache(REMEMBERED_PATHS)
def _resolve(path: str) -> ResolverMatch:
    """:raises Resolver404: it leads nowhere; that is not remembered."""
    return get_resolver().resolve(path)
