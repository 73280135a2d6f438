"""Rows of workers/metrics.py: the doors SMTP and HTTP, and what we depend on."""

from workers.metric import LATENCY, Metric

_SIZES = (4e3, 16e3, 64e3, 256e3, 1e6, 4e6, 16e6, 64e6)

DOORS = (
    Metric(
        "stellwerk_smtp_connections",
        "gauge",
        "connections",
        "Open SMTP connections.",
        "At the limit, new ones are answered 421: raise the limit or add processes.",
    ),
    Metric(
        "stellwerk_smtp_refused_connections_total",
        "counter",
        "connections",
        "SMTP connections that were turned away, by reason.",
        "One network in a hurry is fine; your own relay is not: raise its limit.",
        ("reason",),
    ),
    Metric(
        "stellwerk_smtp_accepted_total",
        "counter",
        "mails",
        "Deliveries answered with 250: each is one record in mail.inbound.",
        "None for long: is the MX right?",
    ),
    Metric(
        "stellwerk_smtp_refused_total",
        "counter",
        "mails",
        "Mails or recipients that were refused, by reply code and reason.",
        "451: Kafka is away or slow, senders try again; 550: an unknown mailbox; 552: too big.",
        ("code", "reason"),
    ),
    Metric(
        "stellwerk_smtp_accept_seconds",
        "histogram",
        "seconds",
        "From the end of DATA to the reply.",
        "Is the time of Kafka's acknowledgement: look at the brokers' disks and replicas.",
        (),
        LATENCY,
    ),
    Metric(
        "stellwerk_smtp_message_bytes",
        "histogram",
        "bytes",
        "Size of accepted mails.",
        "Near the limit: tell customers about a file exchange.",
        (),
        _SIZES,
    ),
    Metric(
        "stellwerk_smtp_identity_total",
        "counter",
        "mails",
        "Mails whose sender was checked as they came (SPF, DKIM, DMARC, ARC), by what was found, lists apart.",
        "Many unknown: DNS is slow or away; see stellwerk_dns_failures_total.",
        ("level",),
    ),
    Metric(
        "stellwerk_dns_failures_total",
        "counter",
        "times",
        "DNS look-ups without an answer: timeout, unusable, or away (not even asked).",
        "away: the resolver answers nothing; STELLWERK_SMTP__DNS_SERVERS names another one.",
        ("reason",),
    ),
    Metric(
        "stellwerk_dependency_up",
        "gauge",
        "yes or no",
        "1 while the dependency answers: kafka, redis, blobs.",
        "0: bring it back; nothing is lost meanwhile, senders try again.",
        ("dependency",),
    ),
    Metric(
        "stellwerk_http_requests_total",
        "counter",
        "requests",
        "Answered HTTP requests by route and status.",
        "401: a wrong token; 503: a dependency is away.",
        ("route", "status"),
    ),
    Metric(
        "stellwerk_trace_spans_total",
        "counter",
        "spans",
        "Spans of traces: sent, failed (the collector did not take them), or dropped (too many wait for it).",
        "Only traces are lost. Is the collector there (OTEL_EXPORTER_OTLP_ENDPOINT)? Or sample less.",
        ("outcome",),
    ),
    Metric(
        "stellwerk_build_info",
        "gauge",
        "yes or no",
        "Always 1; which version runs.",
        "Different versions side by side are fine within v1.",
        ("version",),
    ),
)
