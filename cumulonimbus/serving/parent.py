"""Workers end with their parent, also if it is killed.

gunicorn's do so by themselves. Those of uvicorn and granian would serve on, on the same socket as
the workers of the server that replaces theirs, and with the former settings: an ended service, or a
key that was withdrawn, would still be accepted.
"""

import logging
import multiprocessing
import os
import signal
import threading
import time

logger = logging.getLogger(__name__)

#: Seconds in which a worker finishes its requests, as with a reload.
GRACE = 30


def end_with_parent() -> None:
    """Stop this process when its parent ends, if :mod:`multiprocessing` started it."""
    if multiprocessing.parent_process() is not None:
        threading.Thread(target=_end_with_parent, name="end-with-parent", daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    logger.error("The server process has ended unexpectedly, so this worker stops.")
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE)
    # A worker that hangs, or that waits to be stopped by its parent.
    os.kill(os.getpid(), signal.SIGKILL)
