"""Connections through a load balancer that we trust: its header first, then SMTP (or TLS) as from its client."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Callable, Sequence
from typing import cast

import structlog
from typing_extensions import override

from workers.adapters.smtp_proxy_protocol import BadProxyHeader, client_of, octets_wanted

_log = structlog.get_logger(__name__)

_HEADER_SECONDS = 10.0
_BUFFER_BYTES = 4096

Then = Callable[[str | None], asyncio.Protocol]
"""The protocol that goes on; for this client's address, or for that of the connection (None)."""


class ProxyNetworks:
    """The load balancers. Only they may say who somebody else is, and they always have to (no guessing)."""

    def __init__(self, networks: Sequence[str]) -> None:
        self._networks = tuple(ipaddress.ip_network(network) for network in networks)

    def __bool__(self) -> bool:
        return bool(self._networks)

    def __contains__(self, peer: str) -> bool:
        try:
            address = ipaddress.ip_address(peer.partition("%")[0])
        except ValueError:
            return False
        mapped = getattr(address, "ipv4_mapped", None)
        return any((mapped or address) in network for network in self._networks)


class ProxyHeaderFirst(asyncio.BufferedProtocol):
    """Reads the header, octet for octet no further than its end, and then hands the connection over.

    A connection from elsewhere is handed over at once: there a header is an unknown command. What is no header
    within ten seconds is closed without a word.
    """

    def __init__(self, networks: ProxyNetworks, then: Then) -> None:
        self._networks = networks
        self._then = then
        self._buffer = bytearray(_BUFFER_BYTES)
        self._got = 0
        self._wanted = octets_wanted(b"")
        self._transport: asyncio.Transport | None = None
        self._late: asyncio.TimerHandle | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = stream = cast(
            "asyncio.Transport", transport
        )  # uvloop's are no subclasses of asyncio's
        if (transport.get_extra_info("peername") or ("",))[0] in self._networks:
            self._late = asyncio.get_running_loop().call_later(_HEADER_SECONDS, stream.abort)
        else:
            self._hand_over(None)

    @override
    def get_buffer(self, sizehint: int) -> memoryview:
        return memoryview(self._buffer)[self._got : self._wanted]

    @override
    def buffer_updated(self, nbytes: int) -> None:
        self._got += nbytes
        header = bytes(self._buffer[: self._got])
        try:
            self._wanted = octets_wanted(header)
            if self._wanted == self._got:
                self._hand_over(client_of(header))
        except BadProxyHeader:
            _log.warning("smtp-proxy-header-bad", octets=self._got)
            if self._transport is not None:
                self._transport.abort()

    @override
    def eof_received(self) -> bool:
        return False

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._no_longer_late()

    def _hand_over(self, client: str | None) -> None:
        self._no_longer_late()
        if self._transport is not None:
            protocol = self._then(client)
            self._transport.set_protocol(protocol)
            protocol.connection_made(self._transport)

    def _no_longer_late(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None
