"""µs to read one mail, against Python's bare parser, which decodes nothing yet.

python -m tests.benchmarks parse
"""

from collections.abc import Callable, Sequence
from email import message_from_bytes
from time import process_time
from timeit import Timer

from tests.benchmarks.measured import Findings, Measured
from tests.benchmarks.servers import Servers
from tests.support.builders import raw_mail
from tests.support.mail_corpus import corpus_mail, corpus_names
from workers.adapters.mime_parser import parse_mail

ROUNDS = 5
SECONDS_PER_RUN = 0.1
_RECEIVED = "from mx.acme.test (mx.acme.test [192.0.2.7])\r\n\tby mx.acme.example with ESMTPS id 4F1C2"


def typical_mail() -> bytes:
    """About 3 KB: four hops, a signature, plain text and HTML."""
    plain = "Hello, the printer in room 7 is on fire again.\r\n" * 8
    html = (
        "<html><body>"
        + "<p>Hello, the printer in room&nbsp;7 is on fire again.</p>\r\n" * 8
        + "</body></html>\r\n"
    )
    body = (
        f"--b1\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{plain}\r\n"
        f"--b1\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{html}\r\n--b1--\r\n"
    )
    return raw_mail(
        subject="=?utf-8?Q?Drucker_br=C3=A4nnt?=",
        headers=(*[("Received", _RECEIVED)] * 4, ("DKIM-Signature", "v=1; a=rsa-sha256; b=" + "A" * 300)),
        content_type='multipart/alternative; boundary="b1"',
        body=body,
    )


def big_mail() -> bytes:
    """10 MB of base64 in one attachment."""
    head = "--b\r\n\r\nSee file.\r\n--b\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    line = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ejAxMjM0NTY3\r\n"
    return raw_mail(content_type="multipart/mixed; boundary=b", body=head + line * 120_000 + "--b--\r\n")


def measure(servers: Servers, scale: float = 1.0) -> Findings:
    """The typical mail, a big one, and the corpus of strange ones."""
    del servers  # needs none
    seconds = SECONDS_PER_RUN * min(scale, 1.0)
    corpus = [corpus_mail(name) for name in corpus_names()]
    cases = {
        "typical": [typical_mail()],
        "10 MB attached": [big_mail()],
        f"{len(corpus)} strange ones": corpus,
    }
    lines = [_compare(name, mails, seconds) for name, mails in cases.items()]
    return Findings("parse", "Mails in one process: all that rules and people read of them, decoded.", lines)


def _compare(case: str, mails: Sequence[bytes], seconds: float) -> Measured:
    runs = [
        (_microseconds(parse_mail, mails, seconds), _microseconds(message_from_bytes, mails, seconds))
        for _ in range(ROUNDS)
    ]
    ours, bare = zip(*runs, strict=True)
    return Measured(case, "µs of CPU each", ours, "email.message_from_bytes", bare, more_is_better=False)


def _microseconds(read: Callable[[bytes], object], mails: Sequence[bytes], seconds: float) -> float:
    """Of one mail, in about so many seconds of calls."""
    timer = Timer(lambda: [read(mail) for mail in mails], timer=process_time)
    once = timer.timeit(1)
    count = max(1, int(seconds / max(once, 1e-6)))
    return timer.timeit(count) / count / len(mails) * 1e6
