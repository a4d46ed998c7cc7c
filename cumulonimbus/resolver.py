"""Where a path leads to, remembered."""

import functools
from typing import Any

from django.urls import URLResolver, include
from django.urls.resolvers import RegexPattern, ResolverMatch

#: How many paths each process remembers, and of how many characters: some megabytes at most, for
#: anybody may ask for anything.
REMEMBERED_PATHS = 1000
LONGEST = 200


class RememberingResolver(URLResolver):
    """Django's own, which remembers where a path has led to.

    Callers of an API ask for the same few paths, and to try one pattern after the other takes 4 %
    of a request.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._remember = functools.lru_cache(REMEMBERED_PATHS)(super().resolve)

    def resolve(self, path: str) -> ResolverMatch:
        return self._remember(path) if len(path) <= LONGEST else super().resolve(path)


def remembering(route: str, urlconf: str) -> RememberingResolver:
    """As ``re_path(route, include(urlconf))``; where ``route`` captures nothing, and the patterns
    of ``urlconf`` are not translated."""
    module, app_name, namespace = include(urlconf)
    pattern = RegexPattern(route, is_endpoint=False)
    return RememberingResolver(pattern, module, app_name=app_name, namespace=namespace)
