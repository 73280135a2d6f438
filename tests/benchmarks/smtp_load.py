"""Mails over SMTP from clients in one process, one system call per step, no pipelining.

    python -m tests.benchmarks.smtp_load PORT kept|new SIZE_BYTES CLIENTS MAILS RATE

prints, as JSON, the seconds from each content's last octet to its 250. RATE in mails/s; 0: as fast as the server
takes them. A process of its own, so that it takes no time from the server's interpreter. For the rates that are
compared smtp-source is the better client: this one takes as much CPU as a server.
"""

from __future__ import annotations

import json
import re
import selectors
import socket
import sys
import time
from itertools import count

_NUMBERS = count()
_LINE = b"The printer on the second floor is on fire again, please come quickly.\r\n"
_LAST_LINE = re.compile(rb"^\d{3} [^\n]*\n\Z", re.MULTILINE)
_GREETED, _ANSWERED = 2, 6


def mail_of(size_bytes: int, number: int) -> bytes:
    """Content with its final dot; each mail has an id of its own."""
    head = (
        f"From: Jan <jan@acme.test>\r\nTo: support@acme.example\r\nSubject: Printer {number}\r\n"
        f"Date: Mon, 02 Mar 2026 10:29:58 +0100\r\nMessage-ID: <{number}.{time.time_ns()}@acme.test>\r\n\r\n"
    ).encode()
    return head + _LINE * max(1, (size_bytes - len(head)) // len(_LINE)) + b".\r\n"


class _Client:
    """Says the next thing when the server has answered; waits, before a mail, until it is told to go on."""

    def __init__(self, port: int, keep: bool, size_bytes: int, selector: selectors.BaseSelector) -> None:
        self._port, self._keep, self._size_bytes = port, keep, size_bytes
        self._selector = selector
        self._sent_at = 0.0
        self._step = 0
        self._heard = b""
        self.is_ready = False
        self.waited: list[float] = []
        self._connect()

    def go_on(self) -> None:
        self.is_ready = False
        self._socket.sendall(b"MAIL FROM:<jan@acme.test>\r\n")

    def answered(self) -> None:
        self._heard += self._socket.recv(4096)
        if not _LAST_LINE.search(self._heard):
            return
        answer, self._heard = self._heard, b""
        if not answer.startswith((b"2", b"354")):
            raise RuntimeError(f"the server answered {answer!r} at step {self._step}")
        self._step += 1
        if self._step == _ANSWERED:
            self.waited.append(time.perf_counter() - self._sent_at)
            self._after_mail()
        elif self._step == _GREETED:
            self.is_ready = True
        else:
            self._socket.sendall(self._words())
            self._sent_at = time.perf_counter()

    def _connect(self) -> None:
        self._socket = socket.create_connection(("127.0.0.1", self._port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._step, self._heard = 0, b""
        self._selector.register(self._socket, selectors.EVENT_READ, self)

    def _words(self) -> bytes:
        match self._step:
            case 1:
                return b"EHLO client.example\r\n"
            case 3:
                return b"RCPT TO:<support@acme.example>\r\n"
            case 4:
                return b"DATA\r\n"
        return mail_of(self._size_bytes, next(_NUMBERS))

    def _after_mail(self) -> None:
        if self._keep:
            self._step, self.is_ready = _GREETED, True
            return
        self._socket.sendall(b"QUIT\r\n")
        self._selector.unregister(self._socket)
        self._socket.close()
        self._connect()


def load(port: int, *, keep: bool, size_bytes: int, clients: int, mails: int, rate: float) -> list[float]:
    """The wait for each 250, in seconds. With a `rate` mails start on time while a client is free."""
    selector = selectors.DefaultSelector()
    all_clients = [_Client(port, keep, size_bytes, selector) for _ in range(clients)]
    began, started = time.perf_counter(), 0
    while sum(len(client.waited) for client in all_clients) < mails:
        due = mails if not rate else min(mails, int((time.perf_counter() - began) * rate) + 1)
        for client in all_clients:
            if client.is_ready and started < due:
                started += 1
                client.go_on()
        for key, _ in selector.select(1.0 if not rate else 0.5 / rate):
            key.data.answered()
    return [waited for client in all_clients for waited in client.waited]


if __name__ == "__main__":
    _, port, kind, size, clients, mails, rate = sys.argv
    waited = load(
        int(port),
        keep=kind == "kept",
        size_bytes=int(size),
        clients=int(clients),
        mails=int(mails),
        rate=float(rate),
    )
    print(json.dumps(waited))
