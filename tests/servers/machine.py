"""A machine of its own for commands that change the system, made of Linux namespaces.

Its processes, network and file system are private: what is changed in ``/etc``, ``/opt``, ``/run``,
``/usr/local`` and ``/var/lib`` is gone afterwards. The checkout is not there. Needs root.
"""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.paths import ROOT

#: The folders whose changes stay in the machine.
PRIVATE = ("etc", "opt", "run", "usr/local", "var/lib")
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
TIMEOUT = 60

_SET_UP = """
mount -t tmpfs changes "$CHANGES"
for folder in $PRIVATE; do
    upper="$CHANGES/$folder/upper" work="$CHANGES/$folder/work"
    mkdir -p "$upper" "$work"
    mount -t overlay changes -o "lowerdir=/$folder,upperdir=$upper,workdir=$work" "/$folder"
    chmod --reference="/proc/1/root/$folder" "/$folder"
done
mount -t tmpfs nothing "$CHECKOUT"
python3 -c '
import fcntl, socket, struct
SIOCSIFFLAGS, IFF_UP = 0x8914, 1
fcntl.ioctl(socket.socket(), SIOCSIFFLAGS, struct.pack("16sh", b"lo", IFF_UP))
'
echo ready
# As the first process, the shell also waits for the processes that lose their parent.
while true; do sleep 3600; done
"""


class Machine:
    """Runs commands as root on a machine.

    :param pid: a process in its namespaces.
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self.environment = {"PATH": SYSTEM_PATH, "HOME": "/root", "LC_ALL": "C.UTF-8"}

    def command(self, script: str, *, online: bool = False) -> list[str]:
        """Return the command line that runs lines of a shell.

        :param online: whether to use the network of the real machine.
        """
        network = [] if online else ["--net"]
        enter = ["nsenter", "--target", str(self._pid), "--mount", "--root", "--pid", *network]
        return [*enter, "bash", "-ec", f"cd /\n{script}"]

    def run(self, script: str, *, online: bool = False, **environment: str) -> str:
        """Run lines of a shell, and return what they print.

        :raises AssertionError: one of them failed.
        """
        done = self.try_to(script, online=online, **environment)
        assert done.returncode == 0, f"$ {script}\n{done.stdout}{done.stderr}"
        return done.stdout

    def try_to(
        self, script: str, *, online: bool = False, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run lines of a shell, which may fail."""
        return subprocess.run(
            self.command(script, online=online),
            env=self.environment | environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=180,
        )

    def write(self, path: str, text: str) -> None:
        """Create a file, and its folder."""
        script = 'mkdir -p "$(dirname "$FILE")"; printf %s "$TEXT" > "$FILE"'
        self.run(script, FILE=path, TEXT=text)

    def wait_until(self, script: str) -> None:
        """Wait until lines of a shell succeed."""
        deadline = time.monotonic() + TIMEOUT
        while (done := self.try_to(script)).returncode != 0:
            assert time.monotonic() < deadline, f"$ {script}\n{done.stdout}{done.stderr}"
            time.sleep(0.2)


@contextmanager
def machine(folder: Path) -> Iterator[Machine]:
    """Start a machine, and end it with all of its processes.

    :param folder: an empty folder on the real machine.
    """
    namespaces = ["--mount", "--propagation", "private", "--pid", "--mount-proc", "--net"]
    process = subprocess.Popen(
        ["unshare", *namespaces, "--fork", "--kill-child", "bash", "-ec", _SET_UP],
        env=os.environ
        | {"PATH": SYSTEM_PATH, "CHANGES": str(folder), "CHECKOUT": str(ROOT)}
        | {"PRIVATE": " ".join(PRIVATE)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    try:
        assert process.stdout.readline() == "ready\n"
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
        yield Machine(int(children))
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
