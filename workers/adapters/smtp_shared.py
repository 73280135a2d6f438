"""What all sessions of one SMTP server share."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from workers.adapters.smtp_admission import Admission, MemoryBudget
from workers.adapters.smtp_limits import SmtpLimits
from workers.adapters.smtp_observer import SmtpObserver
from workers.adapters.smtp_replies import SHUTTING_DOWN, Reply
from workers.routing.mailboxes import MailboxMatch
from workers.routing.received_mail import ReceivedMail

if TYPE_CHECKING:
    from workers.adapters.smtp_session import SmtpSession

Accept = Callable[[ReceivedMail], Awaitable[Sequence[str]]]
"""Returns the delivery ids when all are acknowledged; raises `InvalidInput` or `DependencyUnavailable`.

`RefusedByRule` brings its own answer, the other `InvalidInput` get ours.
"""

Lookup = Callable[[str], MailboxMatch | None]
"""The mailbox of a RCPT address by the policy of this moment. Raises `DependencyUnavailable` without a policy."""

Screen = Callable[[ReceivedMail], None]
"""Asked at RCPT, with this one recipient and no content. Raises `RefusedByRule` or `DependencyUnavailable`."""


@dataclass(slots=True)
class Shared:
    """`available` False: nothing can be stored now, so mails are refused before their content is sent."""

    loop: asyncio.AbstractEventLoop
    accept: Accept
    lookup: Lookup
    screen: Screen
    available: Callable[[], bool]
    hostname: str
    limits: SmtpLimits
    tls_context: ssl.SSLContext | None
    observer: SmtpObserver
    admission: Admission
    memory: MemoryBudget
    sessions: set[SmtpSession] = field(default_factory=set)
    all_gone: asyncio.Event = field(default_factory=asyncio.Event)
    stopping: bool = False

    def enter(self, session: SmtpSession) -> Reply | None:
        """Count a new connection, or answer why not."""
        refusal = SHUTTING_DOWN if self.stopping else self.admission.enter(session.peer)
        if refusal is not None:
            self.observer.turned_away(refusal.reason)
            return refusal
        self.sessions.add(session)
        self.all_gone.clear()
        self.observer.connected(self.admission.connections)
        return None

    def leave(self, session: SmtpSession) -> None:
        """The end of a connection, whether it was counted or not."""
        if session in self.sessions:
            self.sessions.discard(session)
            self.admission.leave(session.peer)
            self.observer.disconnected(self.admission.connections)
        if not self.sessions:
            self.all_gone.set()
