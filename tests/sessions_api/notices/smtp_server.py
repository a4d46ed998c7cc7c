"""A mail server on loopback (RFC 5321, as far as Django's backend speaks it)."""

import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage


@dataclass
class Mailbox:
    """What the server has taken.

    :ivar refuse: what it answers to a recipient in place of "250 OK"; "" to take it.
    :ivar on_data: called when a mail has come, before the server says that it has it.
    """

    port: int = 0
    recipients: list[str] = field(default_factory=list)
    mails: list[EmailMessage] = field(default_factory=list)
    refuse: str = ""
    on_data: Callable[[], object] = lambda: None


class Conversation(socketserver.StreamRequestHandler):
    """A connection of one client."""

    mailbox: Mailbox

    def handle(self) -> None:
        self.say("220 loopback")
        while line := self.rfile.readline().decode().strip():
            verb = line.partition(" ")[0].upper()
            if verb == "QUIT":
                self.say("221 Bye")
                return
            if verb == "RCPT":
                self.take_recipient(line)
            elif verb == "DATA":
                self.say("354 Go on")
                self.take_mail()
            else:
                self.say("250 OK")

    def take_recipient(self, line: str) -> None:
        if self.mailbox.refuse:
            self.say(self.mailbox.refuse)
            return
        self.mailbox.recipients.append(line.partition("<")[2].partition(">")[0])
        self.say("250 OK")

    def take_mail(self) -> None:
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        self.mailbox.mails.append(message_from_bytes(b"".join(lines), policy=policy.default))
        self.mailbox.on_data()
        self.say("250 Taken")

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


@contextmanager
def smtp_server(port: int = 0) -> Iterator[Mailbox]:
    """Serve in a thread.

    :param port: where; by default a free port.
    """
    mailbox = Mailbox()
    handler = type("Handler", (Conversation,), {"mailbox": mailbox})
    socketserver.ThreadingTCPServer.allow_reuse_address = True
    with socketserver.ThreadingTCPServer(("127.0.0.1", port), handler) as server:
        server.daemon_threads = True
        mailbox.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield mailbox
        finally:
            server.shutdown()
            thread.join(10)
