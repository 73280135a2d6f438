"""The servers that are compared, each in a process of its own.

    python -m tests.benchmarks.smtp_subjects plain
    python -m tests.benchmarks.smtp_subjects ours BOOTSTRAP PREFIX

print their port and serve until their stdin ends.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from typing import Any

from aiosmtpd.smtp import SMTP

from tests.support.eventually import eventually
from workers.adapters.blob_store import FsspecBlobStore
from workers.adapters.kafka_connection import KafkaConnection
from workers.adapters.kafka_inbound_log import KafkaInboundLog
from workers.adapters.smtp_server import SmtpServer
from workers.processors.accept import AcceptMail
from workers.routing.identity import Signer
from workers.routing.mailboxes import MailboxMatch


class _AcceptAll:
    """The least that an aiosmtpd handler can do."""

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802  # aiosmtpd's name
        return "250 OK"


def _lookup(address: str) -> MailboxMatch | None:
    return MailboxMatch("support@acme.example") if address == "support@acme.example" else None


async def _until_stdin_ends() -> None:
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


async def _plain() -> None:
    handler = _AcceptAll()
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(handler, hostname="localhost", enable_SMTPUTF8=True), "127.0.0.1", 0, backlog=4096
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await _until_stdin_ends()


async def _ours(bootstrap: str, prefix: str) -> None:
    log = KafkaInboundLog(KafkaConnection(bootstrap, prefix))
    await log.start()
    await eventually(lambda: log.available, within=60)
    with tempfile.TemporaryDirectory() as blobs:
        accept = AcceptMail(Signer(b"a secret of the benchmark"), log, FsspecBlobStore(blobs))
        server = SmtpServer(accept, _lookup, available=lambda: log.available)
        await server.start()
        print(server.port, flush=True)
        await _until_stdin_ends()
        await server.stop()
        await log.stop()


if __name__ == "__main__":
    asyncio.run(_plain() if sys.argv[1] == "plain" else _ours(sys.argv[2], sys.argv[3]))
