"""Commands that are run at a terminal, and answered there."""

import fcntl
import os
import pty
import select
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

#: Seconds in which a command asks its next question.
TIMEOUT = 60


def answer(
    command: Sequence[str],
    answers: Sequence[tuple[str, str]],
    *,
    folder: Path,
    environment: Mapping[str, str],
) -> str:
    """Run a command at a terminal, and type each answer once its question is shown.

    :param answers: questions, as far as they are needed to tell them apart, with their answers.
    :returns: what the terminal showed.
    """
    keyboard, terminal = pty.openpty()

    def take_terminal() -> None:
        # Passwords are read from the controlling terminal.
        fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)

    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
        preexec_fn=take_terminal,
    )
    os.close(terminal)
    shown = b""
    try:
        read = 0
        for question, text in answers:
            while question.encode() not in shown[read:]:
                shown += _read(keyboard, shown)
            read = len(shown)
            # The echo is turned off just after the question of a password is shown.
            time.sleep(0.2)
            os.write(keyboard, f"{text}\n".encode())
        while more := _read(keyboard, shown):
            shown += more
    finally:
        os.close(keyboard)
        code = process.wait(TIMEOUT)
    assert code == 0, shown.decode()
    return shown.decode()


def _read(keyboard: int, shown: bytes) -> bytes:
    ready, _, _ = select.select([keyboard], [], [], TIMEOUT)
    assert ready, f"Nothing more is shown after: {shown.decode()}"
    try:
        return os.read(keyboard, 4096)
    except OSError:
        # The process has ended.
        return b""
