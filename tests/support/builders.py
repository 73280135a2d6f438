"""Builders of test values: each has a sensible default for everything that a test does not name."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from config.compile_policy import compile_policy
from schemas.directory import Directory
from schemas.mail import Claim, Content, EnrichedMail, Envelope, InboundMail, Sender, Source
from schemas.policy import Policy
from schemas.policy_document import PolicyDocument

MAILBOX = "support@acme.example"
TICKET_ID = "T-7Z9Q2M4K8XWA"
DELIVERY_ID = "6f1a0c3c1f6e4f0b9a3a7d5e2b8c4d10"
RECEIVED_AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def raw_mail(
    *,
    subject: str | None = "Printer on fire",
    sender: str | None = "Jan Novak <jan@acme.test>",
    to: str = MAILBOX,
    message_id: str | None = "<m1@acme.test>",
    headers: tuple[tuple[str, str], ...] = (),
    body: str | bytes = "It burns.\r\n",
    content_type: str | None = "text/plain; charset=utf-8",
) -> bytes:
    """The octets of a mail. None leaves a header out; `headers` come after the usual ones, as written."""
    usual = (
        ("From", sender),
        ("To", to),
        ("Subject", subject),
        ("Date", "Mon, 02 Mar 2026 10:29:58 +0100"),
        ("Message-ID", message_id),
        ("MIME-Version", "1.0"),
        ("Content-Type", content_type),
    )
    lines = [f"{name}: {value}" for name, value in (*usual, *headers) if value is not None]
    content = body.encode() if isinstance(body, str) else body
    return "\r\n".join([*lines, "", ""]).encode() + content


def an_envelope(**fields: Any) -> Envelope:
    """What the SMTP client said."""
    defaults: dict[str, Any] = {
        "mail_from": "jan@acme.test",
        "rcpt_to": (MAILBOX,),
        "peer": "192.0.2.7",
        "helo": "mail.acme.test",
        "tls": True,
    }
    return Envelope(**(defaults | fields))


def a_claim(**fields: Any) -> Claim:
    """A claim by the thread's root, unsigned."""
    defaults: dict[str, Any] = {"kind": "thread-root", "ticket_id": TICKET_ID, "signed": False}
    return Claim(**(defaults | fields))


def an_inbound_mail(raw: bytes | None = None, **fields: Any) -> InboundMail:
    """One accepted delivery of `raw` (default: `raw_mail()`), inline; sizes and digests fit the octets."""
    octets = raw_mail() if raw is None else raw
    ticket_id = fields.get("ticket_id", TICKET_ID)
    defaults: dict[str, Any] = {
        "delivery_id": DELIVERY_ID,
        "ticket_id": ticket_id,
        "mailbox": MAILBOX,
        "received_at": RECEIVED_AT,
        "envelope": an_envelope(),
        "message_id": "<m1@acme.test>",
        "size_bytes": len(octets),
        "sha256": sha256(octets).hexdigest(),
        "content": Content(inline=b64encode(octets).decode()),
        "claim": a_claim(ticket_id=ticket_id),
    }
    return InboundMail(**(defaults | fields))


def a_sender(**fields: Any) -> Sender:
    """Jan of ACME, matched by his address, in the book `customers`."""
    defaults: dict[str, Any] = {
        "address": "jan@acme.test",
        "contact_id": "p-jan",
        "company_id": "c-acme",
        "address_books": ("customers",),
        "matched_by": "address",
    }
    return Sender(**(defaults | fields))


def an_enriched_mail(**fields: Any) -> EnrichedMail:
    """A human mail of a known customer, with nothing left to look up."""
    ticket_id = fields.get("ticket_id", TICKET_ID)
    defaults: dict[str, Any] = {
        "delivery_id": DELIVERY_ID,
        "ticket_id": ticket_id,
        "claim": a_claim(ticket_id=ticket_id),
        "mailbox": MAILBOX,
        "received_at": RECEIVED_AT,
        "source": Source(topic="mail.inbound", partition=0, offset=0),
        "envelope": an_envelope(),
        "message_id": "<m1@acme.test>",
        "sender": a_sender(),
        "headers": (("From", "Jan Novak <jan@acme.test>"), ("Subject", "Printer on fire")),
        "subject": "Printer on fire",
        "text": "It burns.",
        "size_bytes": 240,
        "classification": "human",
        "identity_level": "unknown",
        "directory_version": "1",
        "policy_version": "0" * 64,
    }
    return EnrichedMail(**(defaults | fields))


def a_policy(**changes: Any) -> Policy:
    """A compiled policy. `changes` replace whole top-level keys, as the file writes them; names are not checked."""
    written: dict[str, Any] = {
        "processes": {
            "helpdesk": {"default_area": "helpdesk", "sla": True},
            "ordering": {"default_area": "sales", "follow_up": "keep"},
        },
        "mailboxes": {
            MAILBOX: {"process": "helpdesk", "user_group": "support"},
            "orders@acme.example": {"process": "ordering", "user_group": "sales"},
            "jana@acme.example": {"process": "helpdesk", "owner": "jana"},
        },
        "unknown_senders": {"address_book": "inbox"},
        "groups": {
            "key-accounts": {
                "priority": 100,
                "sla": {"contract": "premium", "default_level": "silver"},
                "price_lists": ["key-prices"],
                "processes": {
                    "helpdesk": {"handler": "petr", "user_group": "second-level", "area": "key-helpdesk"}
                },
            }
        },
        "sla": {
            "calendars": {"office": {"time_zone": "Europe/Prague", "hours": {"mon-fri": ["08:00-16:30"]}}},
            "contracts": {
                "premium": {
                    "severities": {"normal": "silver", "critical": "gold"},
                    "levels": {
                        "silver": {"calendar": "office", "respond_within": "PT4H", "resolve_within": "P3D"},
                        "gold": {"calendar": "office", "respond_within": "PT1H", "warn_before": "PT15M"},
                    },
                }
            },
        },
        "price_lists": {
            "key-prices": {
                "priority": 50,
                "currency": "EUR",
                "items": {"SKU-1": [{"from": 1, "price": "9.90"}]},
            }
        },
        "products": {"SKU-1": {"price": "12.00", "currency": "EUR"}},
    }
    policy, problems = compile_policy(PolicyDocument.model_validate(written | changes))
    assert policy is not None, problems
    return policy


def a_directory(**changes: Any) -> Directory:
    """A directory that `a_policy` fits. `changes` replace whole top-level keys, as the file writes them."""
    written: dict[str, Any] = {
        "users": {"petr": {"mail": "petr@acme.example"}, "eva": {}, "jana": {"mail": "jana@acme.example"}},
        "user_groups": {
            "support": {"members": [], "groups": ["second-level"], "processes": ["helpdesk"]},
            "second-level": {"members": ["petr", "jana"]},
            "sales": {"members": ["eva"], "processes": ["ordering"]},
        },
        "address_books": {
            "inbox": {"rights": {"support": "reader"}},
            "customers": {"rights": {"petr": "reader", "sales": "actor"}},
            "board": {"rights": {"petr": "reader"}},
        },
        "areas": {
            "helpdesk": {"rights": {"support": "actor"}},
            "key-helpdesk": {"rights": {"second-level": "actor"}},
            "sales": {"rights": {"sales": "actor"}},
        },
        "contacts": {
            "c-acme": {"kind": "company", "address_book": "customers", "domains": ["acme.test"]},
            "p-jan": {
                "kind": "person",
                "parent": "c-acme",
                "address_book": "board",
                "addresses": ["jan@acme.test"],
            },
        },
        "contact_groups": {
            "key-accounts": {"type": "customers", "address_book": "customers", "members": ["c-acme"]},
        },
    }
    return Directory.model_validate(written | changes)
