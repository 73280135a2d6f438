"""Who sent a mail, found out with real signatures and a DNS of a few records."""

import time

import pytest

from tests.support.fake_dns import FakeDns
from tests.support.signed_mails import MAIL, keys_of, sealed_by, signed_by, signed_with_ed25519_by
from workers.adapters.dns_budget import MOST_LOOKUPS
from workers.adapters.dns_lookups import Values
from workers.adapters.mail_authenticator import MailAuthenticator
from workers.routing.identity_level import Evidence, identity_level
from workers.routing.mail_head import read_head
from workers.routing.received_mail import ReceivedMail, Recipient

AUTHOR = "jan@acme.test"
SPF: dict[str, Values] = {"acme.test TXT": (b"v=spf1 ip4:192.0.2.0/24 -all",)}
DMARC: dict[str, Values] = {"_dmarc.acme.test TXT": (b"v=DMARC1; p=reject",)}


async def evidence(
    dns: FakeDns,
    content: bytes = MAIL,
    *,
    peer: str = "198.51.100.9",
    mail_from: str = AUTHOR,
    helo: str = "",
) -> Evidence:
    mail = ReceivedMail(mail_from, (Recipient("x@acme.example", "x@acme.example"),), content, peer, helo)
    authenticator = MailAuthenticator(dns, seconds=20)
    try:
        found = await authenticator.check(mail, read_head(content))
    finally:
        authenticator.close()
    assert found is not None
    return found


async def level(dns: FakeDns, content: bytes = MAIL, **envelope: str) -> str:
    return identity_level(await evidence(dns, content, **envelope), AUTHOR, "human")


@pytest.mark.parametrize("signed", [signed_by("acme.test"), signed_with_ed25519_by("acme.test")])
async def test_a_signature_of_the_authors_domain_is_aligned(signed: bytes) -> None:
    """With both algorithms of DKIM."""
    assert "aligned" == await level(FakeDns(keys_of("acme.test") | DMARC), signed)


async def test_a_signature_of_a_sister_domain_is_aligned() -> None:
    """The organisation is what comes below the public suffix."""
    dns = FakeDns(keys_of("mail.acme.test") | DMARC)
    assert "aligned" == await level(dns, signed_by("mail.acme.test"))


async def test_a_strangers_signature_is_dkim_or_where_the_author_publishes_dmarc_failed() -> None:
    """The author's domain says that it would have signed."""
    signed = signed_by("mailer.test")
    assert "dkim" == await level(FakeDns(keys_of("mailer.test")), signed)
    assert "failed" == await level(FakeDns(keys_of("mailer.test") | DMARC), signed)


async def test_the_policy_of_the_organisation_holds_for_its_sub_domains() -> None:
    """RFC 7489 §6.6.3."""
    mail = MAIL.replace(b"jan@acme.test", b"jan@shop.acme.test")
    assert (await evidence(FakeDns(DMARC), mail)).dmarc_failed


async def test_a_changed_body_fails() -> None:
    """And so does a changed header that was signed."""
    signed = signed_by("acme.test")
    dns = FakeDns(keys_of("acme.test"))
    assert "failed" == await level(dns, signed.replace(b"does not", b"does"), mail_from="")
    assert "failed" == await level(dns, signed.replace(b"Printer", b"Invoice"), mail_from="")


async def test_spf_by_the_envelope() -> None:
    """A client of the domain, one that is not, one of a stranger."""
    assert "aligned" == await level(FakeDns(SPF), peer="192.0.2.7")
    assert "failed" == await level(FakeDns(SPF), peer="198.51.100.9")
    dns = FakeDns({"mailer.test TXT": SPF["acme.test TXT"]})
    assert "spf" == await level(dns, peer="192.0.2.7", mail_from="b@mailer.test")
    assert "none" == await level(FakeDns(), peer="192.0.2.7")


async def test_spf_of_the_null_sender_is_that_of_helo() -> None:
    """RFC 7208 §2.4."""
    dns = FakeDns({"mx.acme.test TXT": SPF["acme.test TXT"]})
    assert (
        "mx.acme.test"
        == (await evidence(dns, peer="192.0.2.7", mail_from="", helo="MX.acme.test")).spf_domain
    )


@pytest.mark.parametrize("peer", ["127.0.0.1", "::1", "::ffff:127.0.0.1", "fe80::1%eth0", ""])
async def test_a_client_of_this_machine_proves_nothing(peer: str) -> None:
    """SPF libraries let loopback pass for every domain."""
    assert "none" == await level(FakeDns(SPF), peer=peer)


async def test_no_answer_is_unknown_and_never_worse() -> None:
    """Neither for the key, nor SPF, nor DMARC; but what is proven without it stands."""
    signed = signed_by("acme.test")
    assert "unknown" == await level(FakeDns(silent=("*",)), signed)
    assert "unknown" == await level(
        FakeDns(keys_of("mailer.test"), ("_dmarc.acme.test",)), signed_by("mailer.test")
    )
    assert "aligned" == await level(FakeDns(keys_of("acme.test"), ("_dmarc.acme.test", "acme.test")), signed)


async def test_a_signature_of_a_part_of_the_body_counts_for_nothing() -> None:
    """Whoever passes it on could add what they like (RFC 6376 §8.2)."""
    signed = signed_by("acme.test", length=True) + b"Pay here instead.\r\n"
    assert "none" == await level(FakeDns(keys_of("acme.test")), signed)


async def test_a_signature_without_from_counts_for_nothing() -> None:
    """It would hold under anybody's name; a library refuses to make it, so it is cut from a good one."""
    signed = signed_by("acme.test").replace(b"h=from", b"h=x-from", 1).replace(b": from", b": x-from", 1)
    assert "aligned" != await level(FakeDns(keys_of("acme.test")), signed)


async def test_a_second_from_takes_the_proof_away() -> None:
    """A signed mail under another name."""
    forged = b"From: Boss <boss@acme.test>\r\n" + signed_by("acme.test")
    assert "aligned" != await level(FakeDns(keys_of("acme.test")), forged)


async def test_a_seal_on_the_way_of_a_list() -> None:
    """The list has changed the subject: the author's signature is broken, the chain holds."""
    changed = signed_by("acme.test").replace(b"Subject: Printer", b"Subject: [users] Printer")
    sealed = sealed_by("lists.test", changed)
    dns = FakeDns(keys_of("acme.test", "lists.test") | DMARC)
    found = await evidence(dns, sealed)
    assert "lists.test" == found.arc_domain
    assert ("list", "failed") == tuple(identity_level(found, AUTHOR, kind) for kind in ("list", "human"))
    assert (await evidence(dns, sealed.replace(b"not  print", b"print"))).arc_domain == ""


async def test_nobodys_records_make_one_mail_ask_for_more_than_its_share() -> None:
    """SPF that includes itself, and mechanisms without end."""
    loop: dict[str, Values] = {
        f"{n}.test TXT": (f"v=spf1 include:{n + 1}.test a:x{n}.test mx ptr -all".encode(),)
        for n in range(100)
    }
    dns = FakeDns(loop)
    assert (await evidence(dns, mail_from="a@0.test", peer="192.0.2.7")).anything_failed
    assert len(dns.asked) <= MOST_LOOKUPS


HOSTILE = {
    "spaces": b"From: a@acme.test\r\n\r\n" + b" " * 1_000_000,
    "lines": b"From: a@acme.test\r\n\r\n" + b"\n" * 5_000_000,
    "folds": b"From: a@acme.test\r\nX: y" + b"\r\n x" * 100_000 + b"\r\n\r\n",
    "headers": b"A: b\r\n" * 20_000,
    "tag": b"DKIM-Signature: v=1; d=acme.test; h=from; b=" + b" " * 60_000 + b"!\r\n\r\n",
    "names": b"DKIM-Signature: v=1; d=acme.test; s=s1; h=from"
    + b":x" * 4_000
    + b"; b=aaaa; bh=aaaa; a=rsa-sha256\r\n\r\n",
    "number": b"DKIM-Signature: v=1; d=a.test; s=s1; h=from; b=aaaa; bh=aaaa; a=rsa-sha256; t="
    + b"9" * 7_000
    + b"\r\n\r\n",
    "seals": b"ARC-Seal: i=999999999; a=rsa-sha256\r\n" * 40 + b"\r\n\r\n",
    "garbage": bytes(range(256)) * 100,
}


@pytest.mark.parametrize("kind", sorted(HOSTILE))
async def test_mail_that_is_written_to_be_slow_is_not(kind: str) -> None:
    """The libraries take minutes for some of these."""
    signed = signed_by("acme.test") if kind in {"spaces", "lines", "folds", "headers"} else b""
    field = signed[: signed.find(b"From:")]
    began = time.perf_counter()
    await evidence(FakeDns(keys_of("acme.test", "a.test")), field + HOSTILE[kind])
    assert time.perf_counter() - began < 5


async def test_a_check_that_takes_too_long_finds_nothing() -> None:
    """The mail is accepted, its level is unknown."""

    class Slow(FakeDns):
        def lookup(self, name: str, kind: str, seconds: float) -> Values:
            time.sleep(seconds + 0.2)
            return ()

    mail, told = ReceivedMail(AUTHOR, (), MAIL, "192.0.2.7"), list[str]()
    authenticator = MailAuthenticator(Slow(), seconds=0.1, found=told.append)
    assert await authenticator.check(mail, read_head(MAIL)) is None
    assert ["unknown"] == told
    authenticator.close()


async def test_a_relay_that_has_checked_is_not_checked_again() -> None:
    """Its own address would fail SPF for everybody."""
    dns = FakeDns()
    told = list[str]()
    authenticator = MailAuthenticator(dns, seconds=1, skip=lambda peer: peer == "10.0.0.1", found=told.append)
    mail = ReceivedMail(AUTHOR, (), MAIL, "10.0.0.1")
    assert await authenticator.check(mail, read_head(MAIL)) is None
    assert not dns.asked
    assert not told
    authenticator.close()


async def test_the_level_of_each_checked_mail_is_told() -> None:
    """For a metric: many unknown mean that DNS is in trouble."""
    told = list[str]()
    authenticator = MailAuthenticator(FakeDns(keys_of("acme.test") | DMARC), seconds=20, found=told.append)
    for content in (signed_by("acme.test"), MAIL):
        mail = ReceivedMail(AUTHOR, (), content, "198.51.100.9")
        await authenticator.check(mail, read_head(content))
    assert ["aligned", "failed"] == told
    authenticator.close()
