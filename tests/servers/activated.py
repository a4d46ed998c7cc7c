"""Stand in for systemd, which hands a listening socket over to a service (``sd_listen_fds(3)``).

``python -m tests.servers.activated FILE ARGUMENT...`` becomes Python with these arguments, to which
the open file of that number is the first that is handed over.
"""

import os
import sys

FIRST = 3

os.dup2(int(sys.argv[1]), FIRST)
os.environ.update({"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1"})
os.execv(sys.executable, [sys.executable, *sys.argv[2:]])  # noqa: S606
