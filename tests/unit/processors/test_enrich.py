"""From a record of `mail.inbound` to everything that is known of the mail."""

import pytest
from pydantic import ValidationError

from schemas.directory_view import Candidates, ResolvedContact, ResolvedGroup, UserOfMail
from schemas.mail import Authentication, Content, EnrichedMail, InboundMail, Source, Supersedes
from schemas.policy import Policy
from tests.support.builders import MAILBOX, an_envelope, an_inbound_mail, raw_mail
from tests.support.fakes_mail import FakeBlobStore
from tests.support.hostile_mails import HOSTILE
from tests.support.mail_corpus import CORPUS_SECRET, corpus_mail
from workers.adapters.mime_parser import parse_mail
from workers.errors import DependencyUnavailable, InvalidInput
from workers.ports import InRecord
from workers.processors.enrich import Enricher
from workers.routing.compiled_policy import CompiledPolicy, compile_policy
from workers.routing.identity import Signer

MAX_RECORD_BYTES = 900_000


class BlobStoreThatIsDown(FakeBlobStore):
    async def get(self, ref: str) -> bytes:
        raise DependencyUnavailable("the blob store does not answer", ref=ref)


def a_policy(*trusted_relays: str) -> CompiledPolicy:
    policy = Policy.model_validate(
        {
            "processes": {"helpdesk": {"default_area": "helpdesk"}},
            "mailboxes": {MAILBOX: {"process": "helpdesk", "user_group": "support"}},
            "unknown_senders": {"address_book": "inbox"},
            "trusted_relays": trusted_relays,
        }
    )
    return compile_policy(policy, "p" * 64)


def an_enricher(blobs: FakeBlobStore | None = None) -> Enricher:
    return Enricher(Signer(CORPUS_SECRET), blobs or FakeBlobStore(), parse_mail)


def a_record(mail: InboundMail) -> InRecord:
    return InRecord("prefix.mail.inbound", 2, 17, 0, mail.ticket_id.encode(), mail.write())


async def enriched(
    mail: InboundMail, directory: dict[str, bytes] | None = None, policy: CompiledPolicy | None = None
) -> EnrichedMail:
    enricher = an_enricher()
    prepared = await enricher.prepare(a_record(mail))
    return enricher.finish(prepared, directory or {}, "42", policy or a_policy())


async def test_what_was_accepted_is_carried_over() -> None:
    """Identity, envelope and the source under the topic's plain name."""
    inbound = an_inbound_mail()
    mail = await enriched(inbound)

    assert inbound.delivery_id == mail.delivery_id
    assert inbound.claim == mail.claim
    assert inbound.envelope == mail.envelope
    assert Source(topic="mail.inbound", partition=2, offset=17) == mail.source
    assert ("42", "p" * 64) == (mail.directory_version, mail.policy_version)
    assert ("Printer on fire", "It burns.", "human") == (mail.subject, mail.text, mail.classification)


async def test_a_known_sender_brings_company_and_groups() -> None:
    """As the directory's view has them."""
    group = ResolvedGroup(group_id="key", type="customers", via_contact_id="c-acme", distance=1)
    jan = ResolvedContact(
        contact_id="p-jan", kind="person", address_book="board", company_id="c-acme", groups=(group,)
    )
    mail = await enriched(an_inbound_mail(), {"address/jan@acme.test": Candidates(candidates=(jan,)).write()})

    assert ("p-jan", "c-acme", ("board",)) == (
        mail.sender.contact_id,
        mail.sender.company_id,
        mail.sender.address_books,
    )
    assert ["key"] == [each.group_id for each in mail.groups]


async def test_enriching_twice_is_the_same_bytes() -> None:
    """P3: a batch that is decided again after a failed transaction."""
    inbound = an_inbound_mail(corpus_mail("attachments_rfc2231"))

    assert (await enriched(inbound)).write() == (await enriched(inbound)).write()


async def test_a_bounce_names_its_ticket() -> None:
    """The signed id in what came back."""
    inbound = an_inbound_mail(corpus_mail("bounce_postfix"), envelope=an_envelope(mail_from=""))
    mail = await enriched(inbound)

    assert ("bounce", True, "T-7Z9Q2M4K8XWA") == (
        mail.classification,
        mail.proven_response,
        mail.bounced_ticket,
    )


async def test_what_is_no_mail_is_enriched_by_its_envelope() -> None:
    """P8: the sender's strange mail is routed all the same."""
    mail = await enriched(an_inbound_mail(corpus_mail("not_a_mail")))

    assert (True, "jan@acme.test", "envelope") == (mail.unparsed, mail.sender.address, mail.sender.named_by)


async def test_a_colleagues_reply_to_is_not_proven_by_a_strangers_from() -> None:
    """Behind a relay Reply-To names the author, but DMARC proved another one."""
    received = ("Received", "from x by mx.relay.test with ESMTP; x")
    proof = ("Authentication-Results", "mx.relay.test; dmarc=pass header.from=evil.test")
    raw = raw_mail(sender="m@evil.test", headers=(("Reply-To", "petr@acme.example"), received, proof))
    directory = {"user-mail/petr@acme.example": UserOfMail(user_id="petr").write()}
    inbound = an_inbound_mail(raw, envelope=an_envelope(peer="10.0.0.5"))

    behind = await enriched(inbound, directory, a_policy("10.0.0.0/8"))
    direct = await enriched(inbound, directory, a_policy())

    assert ("petr", "none") == (behind.sender.user_id, behind.identity_level)
    assert (None, "unknown") == (direct.sender.user_id, direct.identity_level)


async def test_the_level_comes_from_what_was_found_at_acceptance() -> None:
    """No DNS here; a trusted relay's word counts more, for our check would have been of the relay."""
    proven = Authentication(dkim_domains=("acme.test",), dmarc_domain="acme.test")
    inbound = an_inbound_mail(envelope=an_envelope(peer="10.0.0.5"), authentication=proven)
    doubtful = proven.model_copy(update={"dmarc_domain": "", "incomplete": True})

    assert "aligned" == (await enriched(inbound)).identity_level
    assert "unknown" == (await enriched(inbound, policy=a_policy("10.0.0.0/8"))).identity_level
    doubted = inbound.model_copy(update={"authentication": doubtful})
    assert "unknown" == (await enriched(doubted)).identity_level


async def test_content_is_fetched_from_the_blob_store() -> None:
    """Too big for the record."""
    raw, blobs = raw_mail(subject="big"), FakeBlobStore()
    inbound = an_inbound_mail(raw)
    ref = await blobs.put(inbound.sha256, raw)
    stored = inbound.model_copy(update={"content": Content(ref=ref)})

    assert "big" == (await an_enricher(blobs).prepare(a_record(stored))).parsed.subject


async def test_a_blob_store_that_is_down_is_waited_for() -> None:
    """P6: nothing is decided without the content."""
    inbound = an_inbound_mail().model_copy(update={"content": Content(ref="memory://blobs/aa/aa")})

    with pytest.raises(DependencyUnavailable):
        await an_enricher(BlobStoreThatIsDown()).prepare(a_record(inbound))


@pytest.mark.parametrize(
    "content", [Content(ref="memory://blobs/aa/aa"), Content(inline="YQ=="), Content(inline="no base64!")]
)
async def test_content_that_is_gone_or_altered_is_set_aside(content: Content) -> None:
    """The digest of the accepted octets decides."""
    inbound = an_inbound_mail().model_copy(update={"content": content})

    with pytest.raises(InvalidInput):
        await an_enricher().prepare(a_record(inbound))


async def test_a_value_that_is_no_inbound_mail_is_refused() -> None:
    """The caller sets it aside as our own fault."""
    with pytest.raises(ValidationError):
        await an_enricher().prepare(InRecord("mail.inbound", 0, 0, 0, b"k", b"{}"))


async def test_a_redriven_mail_says_what_it_supersedes() -> None:
    """P1: later receipts name the earlier one."""
    enricher = an_enricher()
    prepared = await enricher.prepare(a_record(an_inbound_mail()))
    before = Supersedes(attempt=0, outcome="dead-lettered")
    mail = enricher.finish(prepared, {}, "1", a_policy(), attempt=1, supersedes=before)

    assert (1, before) == (mail.attempt, mail.supersedes)


@pytest.mark.parametrize("what", HOSTILE)
async def test_a_hostile_mail_makes_a_small_record(what: str) -> None:
    """Whatever was accepted, the record fits the broker's limit."""
    mail = await enriched(an_inbound_mail(HOSTILE[what]))

    assert len(mail.write()) < MAX_RECORD_BYTES


async def test_the_worst_that_fits_all_bounds_makes_a_small_record() -> None:
    """Full headers, full text and all attachments, of characters that JSON escapes."""
    bad = '"\\' * 20_000
    part = f"--b\r\nContent-Type: a/{'b' * 120}; name=x{bad[:400]}\r\n\r\nx\r\n"
    raw = raw_mail(
        headers=tuple((f"X-{'h' * 90}-{n}", bad[:900]) for n in range(220)),
        content_type="multipart/mixed; boundary=b",
        body=f"--b\r\n\r\n{bad}\r\n" + part * 300,
    )
    mail = await enriched(an_inbound_mail(raw))

    assert 200_000 < len(mail.write()) < MAX_RECORD_BYTES
