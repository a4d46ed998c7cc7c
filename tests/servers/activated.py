"""Simulate systemd's socket activation, which passes a listening socket (``sd_listen_fds(3)``).

``python -m tests.servers.activated FILE ARGUMENT...`` runs Python with these arguments, and passes
the open file with this number on to it.
"""

import os
import sys

FIRST = 3

os.dup2(int(sys.argv[1]), FIRST)
os.environ.update({"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1"})
os.execv(sys.executable, [sys.executable, *sys.argv[2:]])  # noqa: S606
