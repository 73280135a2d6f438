"""µs to read one mail, against Python's bare parser, which decodes nothing yet.

`python -m tests.benchmarks.bench_parse`
"""

import sys
from collections.abc import Callable
from email import message_from_bytes
from timeit import Timer

from tests.support.builders import raw_mail
from tests.support.mail_corpus import corpus_mail, corpus_names
from workers.adapters.mime_parser import parse_mail

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


def microseconds(read: Callable[[bytes], object], raw: bytes) -> float:
    """The best of three runs."""
    timer = Timer(lambda: read(raw))
    count, _ = timer.autorange()
    return min(timer.repeat(3, count)) / count * 1e6


def main() -> None:
    """One line per mail."""
    corpus = {name: corpus_mail(name) for name in corpus_names()}
    for name, raw in ({"typical": typical_mail(), "big": big_mail()} | corpus).items():
        ours, bare = microseconds(parse_mail, raw), microseconds(message_from_bytes, raw)
        sys.stdout.write(f"{name:32} {len(raw):>9} bytes  parse_mail {ours:9.1f} µs  email {bare:9.1f} µs\n")


if __name__ == "__main__":
    main()
