"""The SMTP server as a component on the running event loop."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import ssl
from collections.abc import Callable, Sequence

import structlog

from workers.adapters.smtp_admission import Admission, MemoryBudget
from workers.adapters.smtp_limits import SmtpLimits
from workers.adapters.smtp_observer import SmtpObserver, Unobserved
from workers.adapters.smtp_proxy import ProxyHeaderFirst, ProxyNetworks
from workers.adapters.smtp_session import SmtpSession
from workers.adapters.smtp_shared import Accept, Lookup, Screen, Shared

_log = structlog.get_logger(__name__)

_BACKLOG = 4096
"""A shorter queue makes many simultaneous connects wait a second for their SYN to be sent again."""

_OTHER_FILES = 256
_LONGEST_LOOK_SECONDS = 1.0


class SmtpServer:
    """Serves until `stop`. Port 0 takes a free one: see `port`.

    `hostname` is what it calls itself in its greeting. `tls_context` turns STARTTLS on; with it, `tls_port` is a
    second port, where TLS comes first. `proxy_networks`: load balancers that say who their clients are.
    `reuse_port` lets several processes share one port.
    """

    def __init__(
        self,
        accept: Accept,
        lookup: Lookup,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        hostname: str = "localhost",
        limits: SmtpLimits | None = None,
        tls_context: ssl.SSLContext | None = None,
        tls_port: int | None = None,
        proxy_networks: Sequence[str] = (),
        observer: SmtpObserver | None = None,
        available: Callable[[], bool] = lambda: True,
        screen: Screen = lambda _: None,
        reuse_port: bool = False,
    ) -> None:
        self._accept = accept
        self._lookup = lookup
        self._host = host
        self._port = port
        self._hostname = hostname
        self._limits = limits or SmtpLimits()
        self._tls_context = tls_context
        self._tls_port = tls_port
        self._proxies = ProxyNetworks(proxy_networks)
        self._observer = observer or Unobserved()
        self._available = available
        self._screen = screen
        self._reuse_port = reuse_port
        self._servers: list[asyncio.Server] = []
        self._shared: Shared | None = None
        self._look: asyncio.TimerHandle | None = None

    @property
    def port(self) -> int:
        """The bound port; after `start`."""
        return self._port

    @property
    def tls_port(self) -> int | None:
        """The bound port of implicit TLS, if any; after `start`."""
        return self._tls_port

    @property
    def connections(self) -> int:
        return self._shared.admission.connections if self._shared else 0

    async def start(self) -> None:
        """Returns when connections are taken. Raises OSError where the address can't be bound."""
        loop = asyncio.get_running_loop()
        _allow_open_files(self._limits.connections + _OTHER_FILES)
        self._shared = Shared(
            loop=loop,
            accept=self._accept,
            lookup=self._lookup,
            screen=self._screen,
            available=self._available,
            hostname=self._hostname,
            limits=self._limits,
            tls_context=self._tls_context,
            observer=self._observer,
            admission=Admission(self._limits, loop.time),
            memory=MemoryBudget(self._limits.memory_bytes),
        )
        shared = self._shared
        try:
            self._port = await self._listen(shared, self._port, implicit_tls=False)
            if self._tls_port is not None:
                self._tls_port = await self._listen(shared, self._tls_port, implicit_tls=True)
        except OSError:
            self._close()
            raise
        self._end_what_is_late(shared)

    async def _listen(self, shared: Shared, port: int, *, implicit_tls: bool) -> int:
        def session(peer: str | None = None) -> SmtpSession:
            return SmtpSession(shared, peer, implicit_tls=implicit_tls)

        server = await shared.loop.create_server(
            (lambda: ProxyHeaderFirst(self._proxies, session)) if self._proxies else session,
            self._host,
            port,
            backlog=_BACKLOG,
            reuse_port=self._reuse_port or None,
        )
        self._servers.append(server)
        return int(server.sockets[0].getsockname()[1])

    def _close(self) -> None:
        for server in self._servers:
            server.close()

    async def stop(self) -> None:
        """No new connections; goodbye to idle clients; mails under way have `stop_seconds` to be answered."""
        if not self._servers or self._shared is None:
            return
        shared = self._shared
        self._close()
        shared.stopping = True
        for session in tuple(shared.sessions):
            session.stop_when_idle()
        await self._all_gone(shared, self._limits.stop_seconds)
        for _ in range(2):  # the first ends a mail with 451, the second the connection
            for session in tuple(shared.sessions):
                session.expire()
            await self._all_gone(shared, 0.5)
        if self._look is not None:
            self._look.cancel()
        if shared.sessions:
            _log.warning("smtp-sessions-left", count=len(shared.sessions))

    @staticmethod
    async def _all_gone(shared: Shared, within_seconds: float) -> None:
        if shared.sessions:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(shared.all_gone.wait(), within_seconds)

    def _end_what_is_late(self, shared: Shared) -> None:
        """One look at all sessions a second is cheaper than a timer for each command of each."""
        now = shared.loop.time()
        for session in [session for session in shared.sessions if session.deadline < now]:
            session.expire()
        limits = self._limits
        shortest = min(limits.command_seconds, limits.data_seconds, limits.accept_seconds)
        pause = min(_LONGEST_LOOK_SECONDS, shortest / 4)
        self._look = shared.loop.call_later(pause, self._end_what_is_late, shared)


def _allow_open_files(wanted: int) -> None:
    """Each connection is an open file, and many systems start programs with 1,024 allowed."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    if allowed < wanted:
        _log.warning("smtp-open-files-limited", wanted=wanted, allowed=allowed)
