"""The hash of a password under the service's own settings."""

import time

from django.contrib.auth.hashers import check_password, make_password

from benchmarks.endpoints import PASSWORD


def check(count: int) -> list[float]:
    """Seconds of CPU, of all threads, for each of so many checks."""
    encoded = make_password(PASSWORD)
    seconds = []
    for _ in range(count):
        start = time.process_time()
        assert check_password(PASSWORD, encoded)
        seconds.append(time.process_time() - start)
    return seconds
