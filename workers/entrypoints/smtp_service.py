"""The front door as a service: from a connection to an acknowledged record."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import Any

from mode import Service

from config.settings_sections import SmtpSettings
from workers.adapters.blob_store import FsspecBlobStore
from workers.adapters.certificate_end import WatchedCertificate
from workers.adapters.kafka_inbound_log import KafkaInboundLog
from workers.adapters.kafka_policy_log import KafkaPolicyLog
from workers.adapters.kafka_roles import RoleName
from workers.adapters.mime_parser import parse_mail
from workers.adapters.prometheus_metrics import PrometheusMetrics
from workers.adapters.smtp_limits import SmtpLimits
from workers.adapters.smtp_metrics import SmtpMetrics
from workers.adapters.smtp_server import SmtpServer
from workers.entrypoints.authentication import authenticator
from workers.entrypoints.installation import Installation
from workers.entrypoints.policy_follower import PolicyFollower
from workers.entrypoints.startup_checks import TopicsGuard
from workers.errors import WrongConfiguration
from workers.processors.accept import AcceptMail
from workers.processors.refuse import RefuseMail
from workers.routing.mailboxes import MailboxMatch, find_mailbox
from workers.routing.received_mail import ReceivedMail
from workers.routing.trusted_relays import is_trusted_relay

_CERTIFICATE_LOOK_SECONDS = 5.0
_LISTEN_AFTER_SECONDS = 3.0
_LOOK_SECONDS = 0.02


class SmtpService(Service):
    """Listens when mail can be stored, or soon all the same: then it answers 451 while it can't (P6).

    So clients of a rolling restart come to another process, or find nobody for a moment, and are told no error.
    """

    def __init__(self, installation: Installation, *, reuse_port: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self._topics_guard = TopicsGuard(installation, RoleName.SMTP)
        settings = installation.settings
        self._smtp = settings.smtp
        self._certificate = _certificate(self._smtp, installation.metrics)
        self._policies = KafkaPolicyLog(installation.connection)
        self._inbound = KafkaInboundLog(installation.connection)
        self._refuse = RefuseMail(installation.signer, parse_mail, lambda: self._policies.current)
        self._authenticator = authenticator(self._smtp, self._is_relay, installation.metrics)
        self._accept = AcceptMail(
            installation.signer,
            self._inbound,
            FsspecBlobStore(installation.blobs_url),
            authenticator=self._authenticator,
            inline_limit_bytes=settings.blobs.inline_limit_bytes,
            tracing=installation.tracing,
            work=installation.work,
            prefix=installation.prefix,
        )
        self._server = SmtpServer(
            self._accept_unless_refused,
            self._mailbox_of,
            host=self._smtp.host,
            port=self._smtp.port,
            hostname=self._smtp.hostname or socket.gethostname(),
            limits=_limits(self._smtp),
            tls_context=self._certificate.context if self._certificate else None,
            tls_port=self._smtp.tls_port,
            proxy_networks=self._smtp.proxy_networks,
            reuse_port=reuse_port,
            observer=SmtpMetrics(installation.metrics),
            available=lambda: self._inbound.available,
            screen=self._refuse.at_rcpt,
        )

    @property
    def address(self) -> tuple[str, int]:
        """(host, port) after the start."""
        return self._smtp.host, self._server.port

    @property
    def accepting(self) -> bool:
        """A mail sent now would be stored: there is a policy, and the log takes records."""
        return self._inbound.available and self._policies.loaded

    async def on_start(self) -> None:
        await self.add_runtime_dependency(self._topics_guard)
        await self.add_runtime_dependency(PolicyFollower(self._policies))
        await self._inbound.start()
        await self._until_accepting()
        try:
            await self._server.start()
        except OSError as error:
            tls = "" if self._smtp.tls_port is None else f" and {self._smtp.tls_port}"
            raise WrongConfiguration(
                f"SMTP cannot listen on {self._smtp.host}:{self._smtp.port}{tls} ({error.strerror}). "
                "Set STELLWERK_SMTP__HOST, STELLWERK_SMTP__PORT and STELLWERK_SMTP__TLS_PORT; port 0 takes a free one."
            ) from error

    async def _until_accepting(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LISTEN_AFTER_SECONDS):
                while not self.accepting:  # noqa: ASYNC110 - two parts, neither of which can set an event
                    await asyncio.sleep(_LOOK_SECONDS)

    @Service.task
    async def _follow_certificate(self) -> None:
        while self._certificate is not None and not self.should_stop:
            await self.sleep(_CERTIFICATE_LOOK_SECONDS)
            self._certificate.look()

    async def on_stop(self) -> None:
        await self._server.stop()
        await self._inbound.stop()
        if self._authenticator is not None:
            self._authenticator.close()

    async def _accept_unless_refused(self, mail: ReceivedMail) -> tuple[str, ...]:
        await self._refuse.after_data(mail)
        return await self._accept(mail)

    def _is_relay(self, peer: str) -> bool:
        return is_trusted_relay(peer, self._policies.current.policy.trusted_relays)

    def _mailbox_of(self, recipient: str) -> MailboxMatch | None:
        return find_mailbox(self._policies.current.policy, recipient)


def _certificate(smtp: SmtpSettings, metrics: PrometheusMetrics) -> WatchedCertificate | None:
    if smtp.tls_cert is None or smtp.tls_key is None:
        return None
    return WatchedCertificate(smtp.tls_cert, smtp.tls_key, metrics)


def _limits(smtp: SmtpSettings) -> SmtpLimits:
    return SmtpLimits(
        message_bytes=smtp.max_message_bytes,
        line_bytes=smtp.max_line_bytes,
        recipients=smtp.max_recipients,
        connections=smtp.max_connections,
        connections_per_network=smtp.max_connections_per_network,
        connections_per_network_and_minute=smtp.max_connections_per_network_and_minute,
        trusted_networks=smtp.trusted_networks,
        bad_commands=smtp.max_bad_commands,
        unknown_mailboxes=smtp.max_unknown_mailboxes,
        command_seconds=smtp.command_timeout_seconds,
        data_seconds=smtp.data_timeout_seconds,
        accept_seconds=smtp.accept_timeout_seconds,
        memory_bytes=smtp.memory_bytes,
        stop_seconds=smtp.stop_seconds,
    )
