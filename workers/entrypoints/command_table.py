"""Which command lives in which file, and what the list of commands says of it. Imports none of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Place:
    """`module` of this package, with its Typer app `app`."""

    module: str
    summary: str


COMMANDS: Mapping[str, Place] = MappingProxyType(
    {
        "demo": Place("cli_demo", "Run everything with samples, and show the way of example mails."),
        "up": Place(
            "cli_up", "Run everything in the foreground; brings its own Kafka and Redis if none is set."
        ),
        "smtp": Place("cli_smtp", "Accept mail over SMTP."),
        "work": Place(
            "cli_work",
            "Route mail and commands, project the directory, price orders, watch SLAs.",
        ),
        "send": Place("cli_send", "Send a test mail, .eml files or mboxes through SMTP."),
        "tickets": Place("cli_tickets", "List tickets, or show one."),
        "explain": Place("cli_explain", "Why a mail went where it went, misses included."),
        "why-not": Place("cli_why_not", "The smallest change that would have given something else."),
        "access": Place("cli_access", "Whether a user may see a message, and what decides it."),
        "command": Place("cli_command", "Act on a ticket: severity, status, assign, area, private, …"),
        "sla": Place("cli_sla", "What is due, and where a ticket's SLA time went."),
        "price": Place("cli_price", "What an item costs a customer, and which price lists were looked at."),
        "reply-headers": Place(
            "cli_reply_headers", "What an answer carries so that replies find the ticket."
        ),
        "policy": Place("cli_policy", "Check a policy, try it on history, make it live."),
        "directory": Place("cli_directory", "Publish the directory, show it, erase a person."),
        "reroute": Place("cli_reroute", "Make tickets what the live policy gives by their history."),
        "dead-letters": Place(
            "cli_dead_letters", "What could not be processed: list, show, redrive, discard."
        ),
        "suppressed": Place("cli_suppressed", "Automatic answers that opened no ticket: list, release."),
        "reconcile": Place("cli_reconcile", "Check that no accepted mail is missing or doubled."),
        "lanes": Place("cli_lanes", "Where the lanes stand, and setting one on that cannot go on."),
        "verify": Place("cli_verify", "Decide history again, and compare bit for bit."),
        "replay": Place("cli_replay", "Write a range of a topic again, for a team that lost its data."),
        "topics": Place("cli_topics", "Provision the topics, and mend what drifted."),
        "contract": Place("cli_contract", "Export JSON Schemas and AsyncAPI for other systems."),
        "settings": Place("cli_settings", "All settings, where they come from and what they mean."),
    }
)
"""By name, in the order of `--help`."""
