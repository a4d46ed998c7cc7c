"""The servers and proxies as configured in the manual, on free ports and in temporary folders."""

import configparser
import contextlib
import shlex
import shutil
import socket
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tests import manual
from tests.processes.server import (
    LOOPBACK,
    PUBLIC_NAME,
    Address,
    Server,
    free_port,
    serve,
    wait_for,
)

#: The addresses of servers in the manual.
UPSTREAM = f"{LOOPBACK}:8000"
UNIX_SOCKET = "/run/cumulonimbus-1.sock"
PID_FILE = "/run/cumulonimbus-1.pid"
#: The link to the socket of the instance that serves.
LINK = "/run/cumulonimbus.sock"
#: The beginnings of the servers' commands, by name.
SERVERS = {
    "gunicorn": "gunicorn",
    "uvicorn": "uvicorn",
    "granian": "granian",
}


def blocks(language: str) -> list[str]:
    """Return the code blocks in a language on the operators' pages."""
    return [
        block for text in manual.chapter("operators") for block in manual.blocks(language, text)
    ]


def _command(name: str, address: Address) -> list[str]:
    """Return the only command in the manual that starts this server."""
    lines = "\n".join(blocks("sh")).replace("\\\n", " ").splitlines()
    [line] = [line for line in lines if line.startswith(f"{SERVERS[name]} ")]
    words = shlex.split(line)
    if name == "gunicorn":
        # The application and the address are in the configuration that the command names.
        words.append("tests.servers.applications:wsgi")
    for old, new in {
        "8000": str(address[1]),
        UNIX_SOCKET: str(address),
        PID_FILE: f"{address}.pid",
        "cumulonimbus.wsgi:application": "tests.servers.applications:wsgi",
        "cumulonimbus.asgi:application": "tests.servers.applications:asgi",
    }.items():
        words = [new if word == old else word for word in words]
    return ["-m", *words]


def _replace_place(command: list[str], *place: str) -> None:
    """Replace uvicorn's port by a socket, as the manual describes."""
    at = command.index("--host")
    command[at : at + 4] = place


@contextlib.contextmanager
def serving(
    name: str,
    folder: Path,
    *,
    at_socket: bool = False,
    without: Sequence[str] = (),
    address: Address | None = None,
    **environment: str,
) -> Iterator[Server]:
    """Run one of the :data:`SERVERS`, and wait until it responds.

    :param at_socket: whether uvicorn listens on a UNIX socket, as granian always does.
    :param without: variables that it does not get.
    :param address: where it listens; by default on a free port.
    """
    address = address or (LOOPBACK, free_port())
    if name == "granian" or at_socket:
        address = str(folder / "server.sock")
    command = _command(name, address)
    if name == "uvicorn" and at_socket:
        _replace_place(command, "--uds", str(address))
    if name == "gunicorn":
        command += ["--bind", "{}:{}".format(*address)]
    with serve(folder, command=command, address=address, without=without, **environment) as server:
        if name == "granian":
            # A worker that is still starting would miss the signal to stop.
            wait_for(lambda: server.log.read_text().count("Started worker-") == 2)
        if name == "uvicorn" and at_socket:
            # In the manual the shell does this.
            Path(f"{address}.pid").write_text(str(server.process.pid))
        yield server


@contextlib.contextmanager
def activated(
    name: str, listening: socket.socket, folder: Path, **environment: str
) -> Iterator[Server]:
    """Run a server on a socket that is passed on to it, as by systemd."""
    address = listening.getsockname()
    command = _command(name, address)
    handed_over = ["-m", "tests.servers.activated", str(listening.fileno()), *command]
    with serve(
        folder,
        command=handed_over,
        address=address,
        inherited=[listening.fileno()],
        **environment,
    ) as server:
        yield server


def unit(name: str) -> configparser.RawConfigParser:
    """Return a systemd unit of the manual, with the last of options that it repeats."""
    parsed = configparser.RawConfigParser(strict=False)
    parsed.read_string((manual.DEPLOYMENT / name).read_text())
    return parsed


def take_over(first: Address, second: Address, link: Path) -> str:
    """Return the manual's script that switches the proxy from one instance of a server to another.

    :param link: the path that the proxy connects to.
    """
    [script] = [block for block in blocks("sh") if "mv -T" in block]
    for old, new in {
        "/run/cumulonimbus-2.sock": str(second),
        PID_FILE: f"{first}.pid",
        "cumulonimbus-2.sock": str(second),
        LINK: str(link),
        "/run/cumulonimbus.new": f"{link}.new",
        "Host: example.com": f"Host: {PUBLIC_NAME}",
    }.items():
        assert old in script, old
        script = script.replace(old, new)
    return script


@contextlib.contextmanager
def nginx(server: Server, folder: Path, *, link: Path | None = None) -> Iterator[Address]:
    """Run nginx in front of a server, and yield its address.

    :param link: the link to the server's socket that nginx connects to instead.
    """
    locations = (manual.DEPLOYMENT / "nginx-locations.conf").read_text()
    at_socket = link or (server.address if isinstance(server.address, str) else None)
    upstream = f"unix:{at_socket}" if at_socket else _text(server)
    port = free_port()
    temporary = "\n".join(
        f"{kind}_temp_path {folder}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    configuration = folder / "nginx.conf"
    configuration.write_text(
        f"""
        daemon off; user root; worker_processes 1; pid {folder}/nginx.pid; error_log stderr;
        events {{}}
        http {{
            access_log off; {temporary}
            upstream cumulonimbus {{ server {upstream}; }}
            server {{ listen {LOOPBACK}:{port}; {locations} }}
        }}
        """.replace("$scheme", "https")
    )
    with _running(["nginx", "-e", "stderr", "-c", str(configuration)], folder, port) as address:
        yield address


@contextlib.contextmanager
def caddy(server: Server, folder: Path, *, drops_underscores: bool = True) -> Iterator[Address]:
    """Run Caddy in front of a server, and yield its address."""
    [site] = blocks("caddyfile")
    upstream = f"unix/{server.address}" if isinstance(server.address, str) else _text(server)
    port = free_port()
    site = site.replace(UPSTREAM, upstream).replace("example.com {", f":{port} {{", 1)
    if not drops_underscores:
        assert "header_up -*_*" in site
        site = site.replace("header_up -*_*", "")
    # The tests use plain HTTP, which Caddy would report as the scheme.
    site = site.replace(f"{upstream} {{", f"{upstream} {{\nheader_up X-Forwarded-Proto https\n", 1)
    site = site.replace("{\n", f"{{\nbind {LOOPBACK}\n", 1)
    configuration = folder / "Caddyfile"
    configuration.write_text(f"{{\nadmin off\nauto_https off\n}}\n{site}")
    command = ["caddy", "run", "--adapter", "caddyfile", "--config", str(configuration)]
    with _running(command, folder, port, HOME=str(folder)) as address:
        yield address


def _text(server: Server) -> str:
    host, port = server.address
    return f"{host}:{port}"


@contextlib.contextmanager
def _running(command: list[str], folder: Path, port: int, **environment: str) -> Iterator[Any]:
    program = shutil.which(command[0], path="/usr/sbin:/usr/bin:/usr/local/bin")
    assert program, f"{command[0]} is not installed."
    log = folder / f"{command[0]}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [program, *command[1:]],
            env={"PATH": "/usr/bin:/bin", **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:

        def listens() -> bool:
            assert process.poll() is None, log.read_text()
            with contextlib.suppress(OSError), socket.create_connection((LOOPBACK, port)):
                return True
            return False

        wait_for(listens)
        yield (LOOPBACK, port)
    finally:
        process.terminate()
        process.wait()
