"""The private API of redis-py on the fast path; see ``test_doors``."""

from typing import Any

import hiredis
import pytest
from django.core.cache import caches
from redis.exceptions import NoScriptError

from tests.private_doors import door


def test_the_connection_that_a_thread_keeps() -> None:
    with door("the connection that a thread keeps", "sessions_api/ratelimits/redis_counters.py"):
        cache: Any = caches["default"]
        client = cache._cache.get_client(write=True)
        script = client.register_script("return {KEYS[1], ARGV[1]}")
        assert client.script_load(script.script) == script.sha
        kept = type(client)(connection_pool=client.connection_pool, single_connection_client=True)
        connection = kept.connection
        command = ("EVALSHA", script.sha, 1, "key", 7)
        for packed in (connection.pack_command(*command), [hiredis.pack_command(command)]):
            connection.send_packed_command(packed)
            assert connection.read_response() == [b"key", b"7"]
            # It connects again when it is needed.
            connection.disconnect()
        connection.send_packed_command(connection.pack_command("EVALSHA", "0" * 40, 0))
        with pytest.raises(NoScriptError):
            connection.read_response()
        kept.close()
