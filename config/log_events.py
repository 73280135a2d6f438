"""Names of log events, so that a search for one finds its place and its alert. Fields: ids and counts, no content."""

from typing import Final, Literal, get_args

LogEvent = Literal[
    # the program
    "started",
    "ready",
    "stopping",
    "stopped",
    "start-failed",
    "settings-unknown",
    # smtp
    "mail-accepted",
    "mail-rejected",
    "mail-deferred",
    "smtp-session-failed",
    # route
    "delivery-routed",
    "delivery-dead-lettered",
    "claim-refused",
    "command-applied",
    "command-refused",
    "brake-tripped",
    # lanes
    "lane-acquired",
    "lane-lost",
    "lane-failed",
    "lane-parked",
    "lane-cut-off",
    "input-begins",
    "transaction-released",
    "view-rebuilt",
    # policy and directory
    "policy-activated",
    "policy-refused",
    "directory-rebuilt",
    # watching
    "mails-unaccounted",
    "partition-stuck",
    "dependency-unavailable",
    "dependency-back",
]

LOG_EVENTS: Final[tuple[LogEvent, ...]] = get_args(LogEvent)
