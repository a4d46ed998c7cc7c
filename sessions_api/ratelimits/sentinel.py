"""A pool of connections to the Redis server that Sentinel names.

In ``CACHES``, with Django's Redis backend, which splits a text, but not a list, at commas::

    "LOCATION": ["redis+sentinel://sentinel-1:26379,sentinel-2:26379/mymaster/0"],
    "OPTIONS": {"pool_class": "sessions_api.ratelimits.sentinel.SentinelPool"},
"""

from typing import Self
from urllib.parse import unquote, urlsplit

from redis.backoff import NoBackoff
from redis.connection import parse_url
from redis.retry import Retry
from redis.sentinel import Sentinel, SentinelConnectionPool

#: The schemes of its URLs, and whether servers and sentinels are reached with TLS.
SCHEMES = {"redis+sentinel": False, "rediss+sentinel": True}
PORT = 26379


class SentinelPool(SentinelConnectionPool):
    """redis-py's pool of connections to a master, made of a URL as Django's Redis backend asks.

    Each new connection asks the sentinels which server is the master. A connection that is lost, or
    whose server answers ``READONLY``, is replaced, so the one that has taken over is found.
    """

    @classmethod
    def from_url(cls, url: str, **options: object) -> Self:
        """Return a pool for a URL.

        :param url: ``redis+sentinel://user:password@host:port,host:port/name/database?option=…``.
            The account is that of the servers. The options ``sentinel_username`` and
            ``sentinel_password`` are the account of the sentinels; the others are those of
            redis-py's URLs. With ``rediss+sentinel``, servers and sentinels use TLS.
        :param options: arguments of redis-py's connections. Those in the URL go before them.
        :raises ValueError: the URL names no sentinel or no master, or has a wrong port, database or
            option.
        """
        parts = urlsplit(url)
        account, at, hosts = parts.netloc.rpartition("@")
        if "@" in account:
            raise ValueError("A URL of Sentinel names one account, before all hosts.")
        name, _, database = parts.path.strip("/").partition("/")
        sentinels = [_address(host) for host in hosts.split(",")]
        if not name:
            raise ValueError("A URL of Sentinel names a master after the hosts.")
        if database and not database.isdecimal():
            raise ValueError("A URL of Sentinel names a database by its number.")
        # Converts the options; the host is Sentinel's to say.
        given = parse_url(f"redis://{account}{at}host/{database}?{parts.query}")  # type: ignore[no-untyped-call]
        del given["host"]
        settings = {"retry": Retry(NoBackoff(), 0), **options, **given}
        if SCHEMES[parts.scheme]:
            settings["ssl"] = True
        for_sentinels = {
            key: value
            for key, value in settings.items()
            if key in ("ssl", "retry") or key.startswith(("socket_", "ssl_"))
        }
        for key in ("username", "password"):
            if secret := settings.pop(f"sentinel_{key}", None):
                for_sentinels[key] = secret
        manager = Sentinel(sentinels, sentinel_kwargs=for_sentinels)  # type: ignore[no-untyped-call]
        return cls(unquote(name), manager, **settings)


def _address(host: str) -> tuple[str, int]:
    try:
        parts = urlsplit(f"//{host}")
        name, port = parts.hostname, parts.port
    except ValueError:
        # Its message quotes what may be a part of the password.
        raise ValueError("A URL of Sentinel names ports by their numbers.") from None
    if not name:
        raise ValueError("A URL of Sentinel names each host.")
    return name, port or PORT
