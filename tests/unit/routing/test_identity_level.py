"""How sure we are of the author: only what a trusted relay itself says, and only for the author who counts."""

import pytest

from schemas.vocabulary import Classification
from workers.routing.authentication_results import relay_evidence
from workers.routing.identity_level import Evidence, identity_level

RECEIVED = ("Received", "from mail.acme.test (mail.acme.test [192.0.2.7]) by mx.acme.example with ESMTPS; x")


def level(*results: str, author: str = "jan@acme.test", kind: Classification = "human") -> str:
    headers = (RECEIVED, *(("Authentication-Results", f"mx.acme.example; {each}") for each in results))
    return identity_level(relay_evidence(headers), author, kind)


TABLE = [
    ("dmarc=pass header.from=acme.test", "aligned"),
    ("dkim=pass header.d=acme.test header.s=x", "aligned"),
    ("dkim=pass header.i=@mail.acme.test", "aligned"),
    ("spf=pass smtp.mailfrom=bounces@acme.test", "aligned"),
    ("spf=pass (mx: domain of jan@acme.test; ok) smtp.mailfrom=acme.test; dkim=none", "aligned"),
    ("dkim=pass header.d=mailer.test; dmarc=none header.from=acme.test", "dkim"),
    ("spf=pass smtp.mailfrom=mailer.test; dkim=fail header.d=acme.test", "spf"),
    ("dkim=pass header.d=evil.test; dmarc=fail header.from=acme.test", "failed"),
    ("dkim=pass header.d=acme.test; dmarc=fail header.from=acme.test", "failed"),
    ("spf=softfail smtp.mailfrom=acme.test; dkim=none", "failed"),
    ("spf=none; dkim=none; dmarc=none", "none"),
    ("dkim=pass header.d=notacme.test", "dkim"),
    ("dkim=pass header.d=test", "dkim"),
    ("dmarc=pass header.from=evil.test", "none"),
]


@pytest.mark.parametrize(("results", "expected"), TABLE)
def test_levels(results: str, expected: str) -> None:
    """The strongest that the evidence gives."""
    assert expected == level(results)


def test_a_list_signs_what_it_changed() -> None:
    """The author's domain fails there, as it must."""
    results = "dkim=pass header.d=lists.test; dmarc=fail header.from=acme.test"

    assert "list" == level(results, kind="list")


def test_no_evidence_is_unknown() -> None:
    """Nobody checked: that is not a failure."""
    assert "unknown" == identity_level(None, "jan@acme.test", "human")
    assert "unknown" == level()


def test_proof_of_from_says_nothing_of_another_author() -> None:
    """A stranger's proven From with a colleague's Reply-To must not pass for the colleague."""
    assert "none" == level("dmarc=pass header.from=evil.test", author="petr@acme.example")


def test_a_forged_field_below_the_relays_received_is_not_believed() -> None:
    """It came with the mail."""
    forged = ("Authentication-Results", "mx.evil.test; dmarc=pass header.from=acme.test")

    assert relay_evidence((RECEIVED, forged)) is None


def test_a_field_above_the_relays_received_is_the_relays() -> None:
    """Whatever name it gives itself."""
    own = ("Authentication-Results", "filter.internal; dmarc=pass header.from=acme.test")

    assert Evidence(dmarc_domain="acme.test") == relay_evidence((own, RECEIVED))


@pytest.mark.parametrize(
    "forged",
    [
        'spf=pass smtp.mailfrom="x; dmarc=pass header.from=acme.test"@evil.test',
        'spf=pass (domain of "x) ; dmarc=pass header.from=acme.test"@evil.test) smtp.mailfrom=evil.test',
    ],
)
def test_a_quoted_verdict_is_not_believed(forged: str) -> None:
    """The local part of a sender's address is the sender's text."""
    assert "unknown" == level(forged)


def test_a_helo_name_does_not_name_the_relay() -> None:
    """A second `by` makes the field's server unknown."""
    received = ("Received", "from x by mx.evil.test (x [192.0.2.7]) by mx.acme.example with ESMTP; x")
    forged = ("Authentication-Results", "mx.evil.test; dmarc=pass header.from=acme.test")

    assert relay_evidence((received, forged)) is None
