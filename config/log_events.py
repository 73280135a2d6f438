"""Names of log events, so that a search for one finds its place and its alert. Fields: ids and counts, no content.

Layers below may not import this list; `tests/architecture/test_log_events.py` compares it with what they log.
"""

from typing import Final, Literal, get_args

LogEvent = Literal[
    # the program
    "ready",
    "stopping",
    "dependency-unavailable",  # waited for; what depends on it is answered with 4xx or held back
    "embedded-server-ended",  # of `up` or `demo`: it is started again
    "not-admitted",  # a server is there and refuses our login, certificate or rights: the reason says what to check
    "http-request-failed",  # a bug: answered with 500
    "pages-failed",  # a bug: the operators' pages say that they do not know
    "event-unreadable",  # one of ours: until it is mended nobody may see the ticket, and nothing is due
    "secret-made",  # in the data directory: set STELLWERK_SECRET where services run on several machines
    "secret-is-short",  # ids and signed addresses can be guessed
    "work-done",  # one for each delivery, command or order, and stage: its ids and what came of it
    # smtp
    "smtp-mail-deferred",  # answered with 4xx: the sender keeps the mail and tries again
    "smtp-refused-by-rule",  # `reject_as` of the policy: the client was told, and there is no receipt
    "smtp-session-failed",  # a bug: answered with 451
    "smtp-sessions-left",  # still open when the time for stopping was over
    "smtp-certificate-changed",  # new connections show the new one
    "smtp-certificate-unusable",  # the files have changed and can't be used: the old one stays
    "smtp-certificate-end-unknown",  # it is shown, but nothing watches when it ends
    "smtp-proxy-header-bad",  # a load balancer that we trust did not say who its client is: closed
    "smtp-process-ended",  # of `stellwerk smtp --processes`: it is started again
    "smtp-open-files-limited",  # fewer connections than configured: raise the limit of open files
    "inbound-log-lost",  # the producer of mail.inbound failed and is made anew
    # lanes
    "lane-acquired",
    "lane-lost",  # another worker has the partition now
    "lane-failed",
    "input-begins",
    "committed-offset-wrong",
    "view-rebuilt",
    "transaction-released",
    "lane-cut-off",
    "lane-parked",  # the brake, or an error that needs a person: the partition stands still
    # policy
    "policy-activated",
    "policy-activation-unreadable",  # the policy before it stays active
    # watching
    "mails-unaccounted",
    "partition-stuck",
]

LOG_EVENTS: Final[tuple[LogEvent, ...]] = get_args(LogEvent)
