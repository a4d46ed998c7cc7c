#!/usr/bin/env python3
"""A simple substitute for ``systemctl`` on a machine without systemd.

It knows ``daemon-reload``, ``enable --now UNIT...``, ``start UNIT``, ``restart UNIT``,
``reload UNIT`` and ``kill UNIT`` for the units of the manual, and ``reload nginx``. It obeys what a
unit says about commands, users, folders, variables, sockets and notification, but not the options
that restrict a service, nor ``Restart=``.
"""

import contextlib
import os
import pwd
import shlex
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

UNITS = Path("/etc/systemd/system")
RUN = Path("/run/substitute")
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#: The first file descriptor that a service inherits, according to sd_listen_fds(3).
FIRST = 3
READY_WITHIN = 60


def options(unit: str) -> dict[str, list[str]]:
    """Return all values of each option."""
    found: dict[str, list[str]] = {}
    for line in (UNITS / unit).read_text().splitlines():
        name, separator, value = line.partition("=")
        if separator and not line.startswith("#"):
            found.setdefault(name, []).append(value)
    return found


def execute(command: str, unit: dict[str, list[str]], **environment: str) -> list[str]:
    """Return the command line that runs a command as the unit's user."""
    variables = dict(item.split("=", 1) for item in unit.get("Environment", []))
    variables |= {"PATH": PATH} | environment
    [user] = unit["User"]
    entry = pwd.getpwnam(user)
    as_user = ["setpriv", f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--init-groups"]
    given = [f"{name}={value}" for name, value in variables.items()]
    return [*as_user, "env", "-i", "-C", *unit["WorkingDirectory"], *given, *shlex.split(command)]


def start(name: str) -> None:
    unit = options(name)
    [command] = unit["ExecStart"]
    if unit["Type"] == ["oneshot"]:
        subprocess.run(execute(command, unit), check=True)
        return
    notified = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    RUN.mkdir(mode=0o755, exist_ok=True)
    (RUN / "notify").unlink(missing_ok=True)
    notified.bind(str(RUN / "notify"))
    os.chown(RUN / "notify", pwd.getpwnam(*unit["User"]).pw_uid, -1)
    notified.settimeout(READY_WITHIN)
    listening = held_socket(*options(unit["Requires"][0])["ListenStream"])
    given = {"LISTEN_FDS": "1", "NOTIFY_SOCKET": str(RUN / "notify")}
    # The shell becomes the service, and knows its process id.
    script = f"exec env LISTEN_PID=$$ {command}"
    process = subprocess.Popen(
        execute(f"sh -c {shlex.quote(script)}", unit, **given),
        stdin=subprocess.DEVNULL,
        stdout=(RUN / f"{name}.log").open("wb"),
        stderr=subprocess.STDOUT,
        start_new_session=True,
        close_fds=False,
        preexec_fn=lambda: os.dup2(listening.fileno(), FIRST),
    )
    while b"READY=1" not in notified.recv(4096):
        pass
    (RUN / f"{name}.pid").write_text(str(process.pid))


def held_socket(address: str) -> socket.socket:
    """Return the listening socket, which a process of its own keeps open from the first time on."""
    door = socket.socket(socket.AF_UNIX)
    if not (RUN / "held").exists():
        host, _, port = address.rpartition(":")
        listening = socket.create_server((host, int(port)), backlog=128)
        door.bind(str(RUN / "held"))
        door.listen()
        if os.fork() == 0:
            os.setsid()
            for number in range(3):
                os.dup2(os.open(os.devnull, os.O_RDWR), number)
            while True:
                socket.send_fds(door.accept()[0], [b"."], [listening.fileno()])
        return listening
    door.connect(str(RUN / "held"))
    [file] = socket.recv_fds(door, 1, 1)[1]
    return socket.socket(fileno=file)


def restart(name: str) -> None:
    process = Path("/proc", (RUN / f"{name}.pid").read_text())
    os.kill(int(process.name), signal.SIGTERM)
    # Nobody may have waited for it yet when it has ended, and somebody may while it is looked at.
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        while (process / "stat").read_text().rpartition(")")[2].split()[0] != "Z":
            time.sleep(0.05)
    start(name)


def reload(name: str) -> None:
    unit = options(name)
    pid = (RUN / f"{name}.pid").read_text()
    for command in unit["ExecReload"]:
        subprocess.run(execute(command.replace("$MAINPID", pid), unit), check=True)


def main(verb: str, *arguments: str) -> None:
    names = [one if "." in one else f"{one}.service" for one in arguments if one != "--now"]
    if verb == "daemon-reload":
        return
    if verb == "reload" and names == ["nginx.service"]:
        subprocess.run(["nginx", "-s", "reload"], check=True)
        return
    for name in names:
        if verb == "reload":
            reload(name)
        elif verb == "restart":
            restart(name)
        elif verb == "kill":
            os.kill(int((RUN / f"{name}.pid").read_text()), signal.SIGKILL)
        elif verb not in {"enable", "start"}:
            raise SystemExit(f"No substitute for {verb}.")
        elif name.endswith(".service"):
            start(name)
        else:
            # A socket is opened with its service, and time is not waited for.
            assert options(name)


main(*sys.argv[1:])
