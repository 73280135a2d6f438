"""What is aligned with the author's domain. RFC 7489 §3.1."""

import pytest

from workers.routing.dmarc import DmarcRecord, author_domain, dmarc_record, is_aligned


def _organisation(domain: str) -> str:
    suffixes = ("test", "co.test")
    labels = domain.split(".")
    if domain in suffixes:
        return ""
    suffix = 2 if ".".join(labels[-2:]) in suffixes else 1
    return ".".join(labels[-suffix - 1 :])


@pytest.mark.parametrize(
    ("author", "proven", "expected"),
    [
        ("acme.test", "acme.test", True),
        ("acme.test", "mail.acme.test", True),
        ("shop.acme.test", "mail.acme.test", True),
        ("acme.co.test", "evil.co.test", False),
        ("co.test", "evil.co.test", False),
        ("acme.test", "test", False),
        ("acme.test", "notacme.test", False),
        ("", "", False),
    ],
)
def test_domains_of_one_organisation_are_aligned(author: str, proven: str, expected: bool) -> None:
    """Sisters too; a public suffix is nobody's organisation."""
    assert expected == is_aligned(author, [proven], "", None, _organisation)
    assert expected == is_aligned(author, [], proven, None, _organisation)


def test_strict_alignment_is_asked_for_each_method_by_itself() -> None:
    """`adkim=s` says nothing of SPF."""
    record = dmarc_record([b"some text", b"v=DMARC1; p=none; adkim=s"])
    assert DmarcRecord(strict_dkim=True) == record
    assert not is_aligned("acme.test", ["mail.acme.test"], "", record, _organisation)
    assert is_aligned("acme.test", [], "mail.acme.test", record, _organisation)


@pytest.mark.parametrize(
    "texts", [[], [b"p=none; v=DMARC1"], [b"v=DMARC1; p=none", b"v=DMARC1; p=reject"], [b"v=DMARC11"]]
)
def test_what_is_no_record(texts: list[bytes]) -> None:
    """RFC 7489 §6.6.3: the version comes first, and two records are none."""
    assert dmarc_record(texts) is None


def test_several_from_fields_name_no_author() -> None:
    """A reader may show either of them."""
    assert author_domain(["ceo@acme.test", "x@evil.test"]) is None
    assert "acme.test" == author_domain(['"x@evil.test" <Jan@ACME.test>'])
    assert author_domain([]) == ""
