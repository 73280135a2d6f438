"""Ids that nobody outside can compute, aim or move to another mailbox."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.routing.identity import Signer

SIGNER = Signer(b"the secret of this installation")
MAILBOX = "support@acme.example"
OTHER_MAILBOX = "orders@acme.example"
TICKET = "T-7Z9Q2M4K8XWA"

texts = st.text(max_size=20)


def _tag(address: str) -> str:
    return address.partition("+")[2].rpartition("@")[0]


def test_ids_have_the_shape_that_others_rely_on() -> None:
    """32 hex digits; `T-` and 12 Crockford base32 digits."""
    assert re.fullmatch(r"[0-9a-f]{32}", SIGNER.delivery_id(MAILBOX, "<m@x>", b"digest", ["from"]))
    assert re.fullmatch(r"T-[0-9A-HJKMNP-TV-Z]{12}", SIGNER.ticket_id(MAILBOX, "<m@x>"))
    assert re.fullmatch(
        r"T-[0-9A-HJKMNP-TV-Z]{12}", SIGNER.refused_ticket_id(MAILBOX, TICKET, "contact:p-jan")
    )


def test_another_secret_gives_other_ids() -> None:
    """Whoever knows the code but not the secret computes nothing."""
    other = Signer(b"the secret of another installation")
    assert SIGNER.ticket_id(MAILBOX, "<m@x>") != other.ticket_id(MAILBOX, "<m@x>")
    assert SIGNER.sign(TICKET, MAILBOX) != other.sign(TICKET, MAILBOX)


def test_an_empty_secret_is_refused() -> None:
    """Everybody could compute our ids."""
    with pytest.raises(ValueError, match="empty"):
        Signer(b"")


@given(st.lists(texts, min_size=2, max_size=6), st.lists(texts, min_size=2, max_size=6))
def test_moving_text_across_a_field_border_gives_another_id(one: list[str], other: list[str]) -> None:
    """Only equal fields give equal ids, however they are cut."""
    ids = [SIGNER.delivery_id(fields[0], fields[1], b"", fields[2:]) for fields in (one, other)]
    assert (one == other) == (ids[0] == ids[1])


@given(texts, texts)
def test_one_use_of_a_value_is_not_another(mailbox: str, value: str) -> None:
    """A thread's ticket, a refused claim's ticket and a proof over the same fields have nothing in common."""
    ticket = SIGNER.ticket_id(mailbox, value)
    assert ticket != SIGNER.refused_ticket_id(mailbox, value, "")
    assert ticket != SIGNER.continued_ticket_id(mailbox, value, "")
    assert not ticket.startswith("T-" + SIGNER.sign(value, mailbox).upper()[:12])


def test_an_answer_carries_the_ticket_three_times() -> None:
    """Reply-To, Message-ID and subject token all lead back."""
    reply = SIGNER.reply(TICKET, MAILBOX, 3)
    assert TICKET == SIGNER.ticket_of_plus_tag(_tag(reply.reply_to), MAILBOX)
    assert TICKET == SIGNER.ticket_of_message_id(reply.message_id, MAILBOX)
    assert TICKET == SIGNER.ticket_of_subject(f"Re: Printer {reply.subject_token} on fire", MAILBOX)
    assert reply.reply_to.endswith("@acme.example")
    assert len(reply.reply_to.rpartition("@")[0].encode()) <= 64
    assert reply.message_id.startswith("<T-7Z9Q2M4K8XWA.3.")


def test_each_revision_has_its_own_message_id_and_all_lead_back() -> None:
    """Two answers on one ticket must not have one Message-ID."""
    ids = {SIGNER.reply(TICKET, MAILBOX, revision).message_id for revision in range(1, 20)}
    assert 19 == len(ids)
    assert {TICKET} == {SIGNER.ticket_of_message_id(id_, MAILBOX) for id_ in ids}


def test_a_mailbox_with_a_long_name_gets_its_plain_address() -> None:
    """RFC 5321 §4.5.3.1.1: 64 octets. The other two still lead back."""
    mailbox = "a" * 40 + "@acme.example"
    assert mailbox == SIGNER.reply(TICKET, mailbox, 1).reply_to


@pytest.mark.parametrize("change", [str.lower, str.upper, lambda text: text.replace("0", "O")])
def test_mail_servers_may_fold_the_case_and_people_may_misread(change: object) -> None:
    """Addresses are case folded on their way; O is read for 0."""
    assert callable(change)
    for number in range(20):
        ticket = SIGNER.ticket_id(MAILBOX, str(number))
        assert ticket == SIGNER.ticket_of_plus_tag(
            change(f"{ticket}.{SIGNER.sign(ticket, MAILBOX)}"), MAILBOX
        )


@given(st.text(min_size=1, max_size=30).map(lambda name: f"{name}@acme.example"))
def test_a_proof_counts_only_in_its_own_mailbox(mailbox: str) -> None:
    """What support signed proves nothing to orders."""
    reply = SIGNER.reply(TICKET, mailbox, 1)
    proof = f"{TICKET}.{SIGNER.sign(TICKET, mailbox)}"
    assert SIGNER.ticket_of_plus_tag(proof, OTHER_MAILBOX) is None
    assert SIGNER.ticket_of_message_id(reply.message_id, OTHER_MAILBOX) is None
    assert SIGNER.ticket_of_subject(reply.subject_token, OTHER_MAILBOX) is None


@given(st.text(max_size=80) | st.from_regex(r"(?a)\A[Tt]-[0-9A-Za-z]{12}\.[0-9A-Za-z]{13}\Z"))
def test_what_we_did_not_sign_proves_nothing(text: str) -> None:
    """Whatever it looks like."""
    assert SIGNER.ticket_of_plus_tag(text, MAILBOX) is None
    assert SIGNER.ticket_of_message_id(text + "@acme.example", MAILBOX) is None
    assert SIGNER.ticket_of_subject(f"[#{text}]", MAILBOX) is None


def test_the_proven_token_among_forged_ones_is_found() -> None:
    """A subject may carry tokens of other systems, too."""
    subject = f"[#T-000000000000.0000000000000] {SIGNER.reply(TICKET, MAILBOX, 1).subject_token} [#1234]"
    assert TICKET == SIGNER.ticket_of_subject(subject, MAILBOX)
