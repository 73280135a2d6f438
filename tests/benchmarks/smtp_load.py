"""Mails as fast as a server takes them: many clients in one process, one system call per step, no pipelining.

    python -m tests.benchmarks.smtp_load PORT kept|new SIZE_BYTES CLIENTS SECONDS

prints mails and seconds. A process of its own, so that it takes no time from the server's interpreter.
"""

from __future__ import annotations

import selectors
import socket
import sys
import time
from itertools import count

_NUMBERS = count()
_LINE = b"The printer on the second floor is on fire again, please come quickly.\r\n"


def mail_of(size_bytes: int, number: int) -> bytes:
    """Content with its final dot; each mail has an id of its own."""
    head = (
        f"From: Jan <jan@acme.test>\r\nTo: support@acme.example\r\nSubject: Printer {number}\r\n"
        f"Date: Mon, 02 Mar 2026 10:29:58 +0100\r\nMessage-ID: <{number}.{time.time_ns()}@acme.test>\r\n\r\n"
    ).encode()
    return head + _LINE * max(1, (size_bytes - len(head)) // len(_LINE)) + b".\r\n"


class _Client:
    """Says the next thing when the server has answered."""

    def __init__(self, port: int, keep: bool, size_bytes: int, selector: selectors.BaseSelector) -> None:
        self._port, self._keep, self._size_bytes = port, keep, size_bytes
        self._selector = selector
        self.mails = 0
        self.connect()

    def connect(self) -> None:
        self._socket = socket.create_connection(("127.0.0.1", self._port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._step = 0
        self._selector.register(self._socket, selectors.EVENT_READ, self)

    def answered(self) -> None:
        answer = self._socket.recv(4096)
        if not answer.startswith((b"2", b"354")):
            raise RuntimeError(f"the server answered {answer!r} at step {self._step}")
        self.mails += self._step == 5
        following = self._next()
        if following:
            self._socket.sendall(following)

    def _next(self) -> bytes:
        self._step += 1
        match self._step:
            case 1:
                return b"EHLO client.example\r\n"
            case 2:
                return b"MAIL FROM:<jan@acme.test>\r\n"
            case 3:
                return b"RCPT TO:<support@acme.example>\r\n"
            case 4:
                return b"DATA\r\n"
            case 5:
                return mail_of(self._size_bytes, next(_NUMBERS))
        return self._after_mail()

    def _after_mail(self) -> bytes:
        if self._keep:
            self._step = 2
            return b"MAIL FROM:<jan@acme.test>\r\n"
        self._socket.sendall(b"QUIT\r\n")
        self._selector.unregister(self._socket)
        self._socket.close()
        self.connect()
        return b""


def load(port: int, *, keep: bool, size_bytes: int, clients: int, seconds: float) -> tuple[int, float]:
    """Returns how many mails were accepted, and in how many seconds."""
    selector = selectors.DefaultSelector()
    all_clients = [_Client(port, keep, size_bytes, selector) for _ in range(clients)]
    began = time.perf_counter()
    while time.perf_counter() - began < seconds:
        for key, _ in selector.select(1.0):
            key.data.answered()
    return sum(client.mails for client in all_clients), time.perf_counter() - began


if __name__ == "__main__":
    _, port, kind, size, clients, seconds = sys.argv
    mails, took = load(
        int(port), keep=kind == "kept", size_bytes=int(size), clients=int(clients), seconds=float(seconds)
    )
    print(mails, took)
