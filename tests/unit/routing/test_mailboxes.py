"""Which mailbox an RCPT address means."""

from typing import Any

import pytest

from schemas.policy import Policy
from tests.support.builders import a_policy
from workers.routing.mailboxes import MailboxMatch, find_mailbox

SUPPORT = "support@acme.example"


def a_policy_with(**support: Any) -> Policy:
    mailbox = {"process": "helpdesk", "user_group": "support", **support}
    return a_policy(
        mailboxes={SUPPORT: mailbox, "box+1@acme.example": {"process": "helpdesk", "owner": "jana"}}
    )


@pytest.mark.parametrize(
    "rcpt", [SUPPORT, "SUPPORT@Acme.Example", "help@bücher.example", "help@xn--bcher-kva.example"]
)
def test_an_address_or_alias_is_found_however_it_is_written(rcpt: str) -> None:
    """Case and the form of the domain do not count."""
    policy = a_policy_with(aliases=["help@Bücher.example"])
    assert MailboxMatch(SUPPORT) == find_mailbox(policy, rcpt)


def test_a_plus_tag_is_taken_off_and_kept_as_written() -> None:
    """Signed ids are in it."""
    assert MailboxMatch(SUPPORT, "T-7Z9Q.Ab") == find_mailbox(
        a_policy_with(), "Support+T-7Z9Q.Ab@acme.example"
    )


def test_a_mailbox_with_a_plus_of_its_own_is_found_first() -> None:
    """Its plus is no tag."""
    assert MailboxMatch("box+1@acme.example") == find_mailbox(a_policy_with(), "box+1@acme.example")


def test_other_addresses_are_not_ours() -> None:
    """No guessing."""
    found = [
        find_mailbox(a_policy_with(), rcpt)
        for rcpt in ("x@acme.example", "support@other.example", "", "@", "x")
    ]
    assert [None] * 5 == found


def test_the_catch_all_takes_the_rest_of_our_domains_only() -> None:
    """Not an address of a domain that no mailbox is in."""
    policy = a_policy_with(catch_all=True)
    assert MailboxMatch(SUPPORT) == find_mailbox(policy, "anything@ACME.example")
    assert find_mailbox(policy, "anything@other.example") is None


def test_a_bare_postmaster_is_the_postmaster_of_our_domain() -> None:
    """RFC 5321 §4.5.1."""
    assert MailboxMatch(SUPPORT) == find_mailbox(
        a_policy_with(aliases=["postmaster@acme.example"]), "Postmaster"
    )
    assert find_mailbox(a_policy_with(), "postmaster") is None
