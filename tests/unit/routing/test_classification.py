"""Classes of mail: the forms of tests/support/mails, and the laws between them."""

import pytest

from tests.support.builders import MAILBOX, TICKET_ID, an_envelope, raw_mail
from tests.support.mail_corpus import CORPUS_SECRET, corpus_mail, corpus_names
from workers.adapters.mime_parser import read_mail
from workers.routing.classification import Classified, classify
from workers.routing.identity import Signer

SIGNER = Signer(CORPUS_SECRET)
NULL = ""
JAN = "jan@acme.test"

# name, envelope sender, class, proven, evidence, bounced ticket
TABLE = [
    ("attachments_rfc2231", JAN, "human", False, "none", None),
    ("bounce_exchange", NULL, "bounce", True, "report-type", TICKET_ID),
    ("bounce_exim", NULL, "bounce", True, "x-failed-recipients", TICKET_ID),
    ("bounce_foreign_mail", NULL, "bounce", True, "report-type", None),
    ("bounce_headers_only", NULL, "bounce", True, "report-type", TICKET_ID),
    ("bounce_postfix", NULL, "bounce", True, "report-type", TICKET_ID),
    ("bounce_postfix", "srs0=x@relay.test", "bounce", True, "report-type", TICKET_ID),
    ("bounce_qmail", NULL, "bounce", True, "qmail-send form", TICKET_ID),
    ("customer_reply", JAN, "human", False, "none", None),
    ("delay_exim", NULL, "auto-reply", True, "auto-submitted", None),
    ("delay_postfix", NULL, "auto-reply", True, "report-type", None),
    ("generated_cron", "root@acme.test", "generated", False, "auto-submitted", None),
    ("generated_newsletter", "news@news.test", "generated", False, "precedence", None),
    ("generated_web_form", NULL, "generated", False, "return-path", None),
    ("human_about_out_of_office", JAN, "human", False, "none", None),
    ("human_auto_submitted_no", JAN, "human", False, "none", None),
    ("human_outlook_suppress", JAN, "human", False, "none", None),
    ("human_x_autoreply_no", JAN, "human", False, "none", None),
    ("list_mailman", "users-bounces@lists.acme.test", "list", False, "list-id", None),
    ("loop_own_answer", MAILBOX, "loop", True, "message-id", None),
    ("loop_trace", JAN, "loop", True, "x-stellwerk-trace", None),
    ("not_a_mail", JAN, "human", False, "none", None),
    ("ooo_exchange", NULL, "auto-reply", True, "auto-submitted", None),
    ("ooo_german_exchange", NULL, "auto-reply", True, "auto-submitted", None),
    ("ooo_precedence", JAN, "auto-reply", True, "precedence", None),
    ("ooo_vacation_rfc3834", NULL, "auto-reply", True, "auto-submitted", None),
    ("ooo_x_autoreply", JAN, "auto-reply", True, "x-autoreply", None),
    ("ooo_x_autorespond", JAN, "auto-reply", True, "x-autorespond", None),
    ("read_receipt", JAN, "auto-reply", True, "report-type", None),
]
OTHERWISE_HUMAN = sorted(set(corpus_names()) - {name for name, *_ in TABLE})


def classified(raw: bytes, mail_from: str = JAN, mailbox: str = MAILBOX) -> Classified:
    return classify(read_mail(raw), an_envelope(mail_from=mail_from), mailbox, SIGNER)


@pytest.mark.parametrize(("name", "mail_from", "kind", "proven", "evidence", "ticket"), TABLE)
def test_known_forms(
    name: str, mail_from: str, kind: str, proven: bool, evidence: str, ticket: str | None
) -> None:
    """Each form of the corpus has its class, its evidence and, for a bounce, the ticket it names."""
    found = classified(corpus_mail(name), mail_from)

    assert (kind, proven, evidence, ticket) == (
        found.classification,
        found.proven_response,
        found.evidence,
        found.bounced_ticket,
    )


@pytest.mark.parametrize("name", OTHERWISE_HUMAN)
def test_strange_mime_is_still_a_humans_mail(name: str) -> None:
    """What is only oddly encoded is no machine's."""
    assert classified(corpus_mail(name)).classification == "human"


def test_our_message_id_is_a_loop_in_its_own_mailbox_only() -> None:
    """An answer that support sends to another mailbox of ours is a mail like any other there."""
    found = classified(corpus_mail("loop_own_answer"), MAILBOX, mailbox="orders@acme.example")

    assert found.classification == "human"


def test_a_bounce_of_another_mailbox_names_no_ticket_here() -> None:
    """Signed ids count only in the mailbox that they were made for."""
    found = classified(corpus_mail("bounce_postfix"), NULL, mailbox="orders@acme.example")

    assert ("bounce", None) == (found.classification, found.bounced_ticket)


@pytest.mark.parametrize("value", ["no", "No", "NO", " no ", "no (a human)", "no; x=y"])
def test_auto_submitted_no_is_human(value: str) -> None:
    """RFC 3834 §5: `no` says that a person sent it, however it is written."""
    assert classified(raw_mail(headers=(("Auto-Submitted", value),))).classification == "human"


@pytest.mark.parametrize(
    "value", ["auto-replied", "Auto-Replied", "(x) auto-replied", "auto-replied; owner-email=a"]
)
def test_auto_replied_is_proven(value: str) -> None:
    """Comments and parameters do not hide it."""
    found = classified(raw_mail(headers=(("Auto-Submitted", value),)))

    assert ("auto-reply", True) == (found.classification, found.proven_response)


def test_an_out_of_office_subject_alone_proves_nothing() -> None:
    """A customer may write about it: only together with a machine's header it is suppressed."""
    subject = "Automatic reply: does not work"

    assert not classified(raw_mail(subject=subject)).proven_response
    assert classified(raw_mail(subject=subject, headers=(("Precedence", "bulk"),))).proven_response


def test_the_null_sender_alone_proves_nothing() -> None:
    """Web forms send with it: their mail is routed, and only marked."""
    found = classified(raw_mail(), NULL)

    assert ("generated", False) == (found.classification, found.proven_response)


def test_a_forwarded_bounce_is_a_humans_mail() -> None:
    """A report inside a mail is an attachment that somebody asks about."""
    inner = corpus_mail("bounce_postfix")
    body = (
        b"--o\r\n\r\nWhat is this?\r\n--o\r\nContent-Type: message/rfc822\r\n\r\n" + inner + b"\r\n--o--\r\n"
    )
    found = classified(raw_mail(body=body, content_type="multipart/mixed; boundary=o"))

    assert "human" == found.classification


def test_a_bounce_that_a_gateway_wrapped_is_a_bounce() -> None:
    """It added a footer: the report is a part of something else, but still from the null sender."""
    inner = corpus_mail("bounce_headers_only")
    report = inner[inner.index(b"Content-Type: multipart/report") :]
    body = b"--o\r\n" + report + b"\r\n--o\r\n\r\nChecked.\r\n--o--\r\n"
    found = classified(raw_mail(body=body, content_type="multipart/mixed; boundary=o"), NULL)

    assert ("bounce", TICKET_ID) == (found.classification, found.bounced_ticket)


def test_evidence_never_carries_words_of_the_mail() -> None:
    """P5: it ends up in receipts."""
    raw = raw_mail(subject="Out of office: secret", headers=(("X-Autoreply", "secret"),))

    assert "secret" not in classified(raw).evidence
