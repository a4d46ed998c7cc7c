"""The cost of a password hash with the service's settings."""

import time

from django.contrib.auth.hashers import check_password, make_password

from benchmarks.endpoints import PASSWORD


def check(count: int) -> list[float]:
    """Check a password ``count`` times; return the CPU seconds of each, over all threads."""
    encoded = make_password(PASSWORD)
    seconds = []
    for _ in range(count):
        start = time.process_time()
        assert check_password(PASSWORD, encoded)
        seconds.append(time.process_time() - start)
    return seconds
