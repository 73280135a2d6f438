"""Which ticket a mail claims: DESIGN part 4, in its order."""

from email.header import Header

import pytest

from schemas.mail import Claim
from tests.support.builders import raw_mail
from workers.routing.claims import claim_of
from workers.routing.identity import Signer
from workers.routing.mail_head import read_head

SIGNER = Signer(b"the secret of this installation")
MAILBOX = "support@acme.example"
TICKETS = {
    name: SIGNER.ticket_id(MAILBOX, name) for name in ("plus", "references", "reply", "subject", "own")
}


def _reply(name: str, mailbox: str = MAILBOX) -> dict[str, str]:
    reply = SIGNER.reply(TICKETS[name], mailbox, 1)
    tag = reply.reply_to.partition("+")[2].rpartition("@")[0]
    return {"tag": tag, "id": reply.message_id, "token": reply.subject_token}


def _claim(
    *,
    tags: list[str] | None = None,
    subject: str = "Printer",
    references: str = "",
    in_reply_to: str = "",
    message_id: str | None = "<m@x>",
) -> Claim:
    headers = tuple(
        (name, value) for name, value in (("References", references), ("In-Reply-To", in_reply_to)) if value
    )
    raw = raw_mail(subject=subject, headers=headers, message_id=message_id)
    return claim_of(read_head(raw), MAILBOX, tags or [], SIGNER)


def test_the_order_of_proofs() -> None:
    """Plus-address, References, In-Reply-To, subject: each one counts where those before are missing."""
    everything = {
        "tags": [_reply("plus")["tag"]],
        "references": f"<root@x> {_reply('references')['id']}",
        "in_reply_to": _reply("reply")["id"],
        "subject": f"Re: {_reply('subject')['token']}",
    }
    claimed = []
    for name in ("tags", "references", "in_reply_to", "subject"):
        claim = _claim(**everything)  # type: ignore[arg-type]  # strings and one list
        claimed.append((claim.kind, claim.ticket_id, claim.signed))
        del everything[name]
    assert [
        ("plus-address", TICKETS["plus"], True),
        ("references", TICKETS["references"], True),
        ("in-reply-to", TICKETS["reply"], True),
        ("subject-token", TICKETS["subject"], True),
    ] == claimed


def test_the_rightmost_signed_reference_wins() -> None:
    """It is the latest."""
    references = f"{_reply('own')['id']} <a@x> {_reply('references')['id']} <b@x>"
    assert TICKETS["references"] == _claim(references=references).ticket_id


def test_a_thread_without_a_proof_meets_at_its_root() -> None:
    """The first mail, its answer and the answer's answer are one ticket."""
    first = _claim(message_id="<root@x>")
    second = _claim(in_reply_to="<root@x>")
    third = _claim(references="<root@x> <second@x>", in_reply_to="<second@x>")
    assert {Claim(kind="thread-root", ticket_id=first.ticket_id, signed=False)} == {first, second, third}


def test_the_same_thread_in_another_mailbox_is_another_ticket() -> None:
    """The id is over mailbox and root."""
    head = read_head(raw_mail())
    assert (
        claim_of(head, MAILBOX, [], SIGNER).ticket_id
        != claim_of(head, "b@acme.example", [], SIGNER).ticket_id
    )


def test_proofs_of_another_mailbox_do_not_count() -> None:
    """Not in any place."""
    foreign = _reply("plus", "orders@acme.example")
    claim = _claim(
        tags=[foreign["tag"]], references=foreign["id"], in_reply_to=foreign["id"], subject=foreign["token"]
    )
    assert ("thread-root", False) == (claim.kind, claim.signed)


def test_our_own_answer_that_came_back_claims_its_ticket() -> None:
    """A loop joins the ticket that it comes from."""
    claim = _claim(message_id=_reply("own")["id"])
    assert ("thread-root", TICKETS["own"], True) == (claim.kind, claim.ticket_id, claim.signed)


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-2", "utf-16"])
@pytest.mark.parametrize("width", [30, 76])
def test_a_token_in_an_encoded_and_folded_subject_is_found(charset: str, width: int) -> None:
    """The token may be cut by the encoded words' borders."""
    subject = f"AW: Žádost o opravu tiskárny {_reply('subject')['token']} ještě jednou"
    encoded = Header(subject, charset, maxlinelen=width, header_name="Subject").encode(linesep="\r\n")
    claim = _claim(subject=encoded)
    assert ("subject-token", TICKETS["subject"]) == (claim.kind, claim.ticket_id)


def test_a_token_that_was_folded_in_the_middle_is_found() -> None:
    """Some clients fold anywhere."""
    token = _reply("subject")["token"]
    assert TICKETS["subject"] == _claim(subject=f"Re: {token[:9]}\r\n {token[9:]}").ticket_id
