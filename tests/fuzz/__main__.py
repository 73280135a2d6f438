"""The laws of reading strangers' input, with many more examples than a test run has: `python -m tests.fuzz [COUNT]`.

Stops at the first failure with the smallest input that hypothesis finds. Its database keeps that input, so the
next run, also of the unit tests, begins with it.
"""

import sys
import time

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.mail import Envelope
from tests.support.builders import MAILBOX, an_envelope
from tests.support.mail_corpus import CORPUS_SECRET, corpus_mail, corpus_names
from tests.support.mail_generator import any_octets, mime_mails
from tests.support.smtp_octets import answers_are_replies, conversations, cuts, cuts_mean_nothing
from workers.adapters.mime_parser import read_mail
from workers.routing.authentication_results import relay_evidence
from workers.routing.classification import classify
from workers.routing.identity import Signer
from workers.routing.identity_level import identity_level
from workers.routing.mail_head import read_head
from workers.routing.sender import authors_of, lookups_for

SIGNER = Signer(CORPUS_SECRET)
SLOWEST_SECONDS = 1.0
NULL_SENDER: Envelope = an_envelope(mail_from="")


def read_all(raw: bytes) -> None:
    """All that is done with a stranger's octets before a decision; bugs and slowness come out as exceptions."""
    started = time.process_time()
    read_head(raw)
    mail = read_mail(raw)
    found = classify(mail, NULL_SENDER, MAILBOX, SIGNER)
    lookups_for(authors_of(mail, NULL_SENDER))
    identity_level(relay_evidence(mail.headers), mail.from_address, found.classification)
    assert time.process_time() - started < SLOWEST_SECONDS


@st.composite
def changed_corpus_mails(draw: st.DrawFn) -> bytes:
    """A mail of the corpus with some octets replaced, doubled or cut out."""
    raw = bytearray(corpus_mail(draw(st.sampled_from(corpus_names()))))
    for _ in range(draw(st.integers(1, 8))):
        start = draw(st.integers(0, len(raw)))
        end = draw(st.integers(start, min(len(raw), start + 200)))
        raw[start:end] = draw(st.one_of(st.binary(max_size=8), st.just(bytes(raw[start:end]) * 2)))
    return bytes(raw)


def main(count: int) -> None:
    """`count` examples of each kind of input."""
    often = settings(max_examples=count, deadline=None, suppress_health_check=list(HealthCheck))
    for kind in (any_octets(), mime_mails(), changed_corpus_mails()):
        often(given(kind)(read_all))()
        sys.stdout.write(f"{count} examples of {kind!r:.60}: fine\n")
    often(given(conversations())(answers_are_replies))()
    often(given(conversations(), cuts())(cuts_mean_nothing))()
    sys.stdout.write(f"{count} SMTP conversations, as they are and cut anywhere: fine\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
