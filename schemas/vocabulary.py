"""The closed sets of words that we write. Readers must expect others (enums are open within v1)."""

from typing import Literal

Outcome = Literal["routed", "duplicate", "suppressed", "dead-lettered"]
Classification = Literal["loop", "bounce", "auto-reply", "list", "generated", "human"]
IdentityLevel = Literal["aligned", "dkim", "spf", "list", "none", "failed", "unknown"]
MatchedBy = Literal["address", "domain", "none"]
ClaimKind = Literal["plus-address", "references", "in-reply-to", "subject-token", "thread-root"]
CauseKind = Literal["new-mail", "follow-up", "command", "reroute", "clock"]
TicketStatus = Literal["open", "waiting", "solved", "closed"]
CommandKind = Literal[
    "severity",
    "status",
    "responded",
    "resolved",
    "reopened",
    "assign",
    "area",
    "private",
    "sla",
    "reroute",
    "clock",
    "retire",
]
Right = Literal["actor", "reader", "manager"]
RequirementKind = Literal["address_books", "areas", "user_groups"]
Access = Literal["content", "existence", "nothing"]
SlaEventKind = Literal[
    "assigned", "level-changed", "paused", "resumed", "warned", "responded", "breached", "met"
]
ForwardReason = Literal["thread_refused", "closed", "bounce"]
Verdict = Literal["chosen", "lost", "missed", "ignored"]

UNRESOLVED = "?"
"""Stands in a set of requirements for one that could not be resolved: nobody holds it (P4, fail closed)."""
