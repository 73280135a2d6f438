"""One meaning, one version."""

from config.policy_file import parse_policy
from tests.support.builders import a_policy
from workers.routing.policy_version import as_version, canonical_form, is_intact, version_of

WRITTEN = """
processes: {helpdesk: {default_area: helpdesk}}
unknown_senders: {address_book: inbox}
mailboxes:
  support@acme.example: {process: helpdesk, user_group: support, aliases: [a@acme.example, b@acme.example]}
free_mail_domains: [gmail.com, web.de]
"""
WRITTEN_OTHERWISE = """
# a comment
free_mail_domains: ["web.de", GMAIL.com]
mailboxes:
  Support@ACME.example:
    aliases: [b@acme.example, a@acme.example, a@acme.example]
    user_group: support
    process: helpdesk
    automatic: route
unknown_senders: {address_book: inbox}
processes: {helpdesk: {default_area: helpdesk, sla: false}}
rules: []
"""


def test_form_comments_and_the_order_of_sets_do_not_count() -> None:
    """Nor does writing a default out."""
    assert version_of(parse_policy(WRITTEN)) == version_of(parse_policy(WRITTEN_OTHERWISE))


def test_another_meaning_is_another_version() -> None:
    """The order of rules is a meaning."""
    rules = [{"id": name, "when": {"subject_regex": name}, "stop": True} for name in ("one", "two")]
    versions = {version_of(a_policy(rules=some)) for some in ([], rules, rules[::-1])}
    assert 3 == len(versions)


def test_the_canonical_form_says_holidays_and_clock_changes() -> None:
    """So no library's update changes what a version means."""
    form = canonical_form(a_policy())
    assert b'"at":"2015-03-29T01:00:00Z","offset_seconds":7200' in form
    assert b" " not in form


def test_a_version_that_was_published_is_intact_when_it_is_read() -> None:
    """Through JSON and back."""
    event = as_version(a_policy())
    assert is_intact(type(event).read(event.write()))


def test_a_policy_with_a_field_that_we_do_not_know_is_not_intact() -> None:
    """A rule without its new condition would hold for every mail."""
    rules = [{"id": "one", "when": {"subject_regex": "x"}, "stop": True}]
    value = as_version(a_policy(rules=rules)).write()
    newer = value.replace(b'"subject_regex"', b'"moon_phase":["full"],"helo_regex"').replace(
        b'"helo_regex":[],', b""
    )
    event = type(as_version(a_policy())).read(newer)
    assert not is_intact(event)
