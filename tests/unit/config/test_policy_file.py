"""Each error of a policy file has its file, line and key, and says what to do."""

from pathlib import Path

import pytest

from config.policy_file import load_policy, parse_policy
from schemas.directory import Directory
from tests.support.builders import a_directory
from workers.errors import WrongConfiguration

GOOD = """
processes: {helpdesk: {default_area: helpdesk}}
mailboxes:
  support@acme.example: {process: helpdesk, user_group: support}
unknown_senders: {address_book: inbox}
"""
SLA = """
sla:
  calendars: {office: {time_zone: Europe/Prague, hours: {mon-fri: ["08:00-16:30"]}}}
  contracts: {premium: {severities: {low: bronze}, levels: {bronze: {calendar: office, respond_within: PT4H}}}}
"""


def errors(text: str, directory: Directory | None = None) -> list[str]:
    with pytest.raises(WrongConfiguration) as caught:
        parse_policy(text, "p.yaml", directory)
    return caught.value.public.splitlines()


def test_a_good_file_is_a_policy(tmp_path: Path) -> None:
    """With addresses in their normal form."""
    path = tmp_path / "policy.yaml"
    path.write_text(GOOD.replace("support@acme", "Support@ACME"))
    assert ["support@acme.example"] == list(load_policy(path).mailboxes)


def test_all_errors_of_shape_are_listed_at_once_in_the_files_order() -> None:
    """Not one by one at each try."""
    text = """processes:
  helpdesk: {default_area: 5}
mailboxes:
  support: {process: helpdesk, user_group: support}
  a@b.example: {process: helpdesk}
unknown_senders: {addres_book: inbox}
"""
    assert [
        "p.yaml:2: processes.helpdesk.default_area: must be text; put it in quotes",
        "p.yaml:4: mailboxes.support: this key is not possible: not a mail address: expected local@domain",
        "p.yaml:5: mailboxes.a@b.example: give either user_group (shared) or owner (personal)",
        "p.yaml:6: unknown_senders.addres_book: is not a known key here; correct or remove it",
        "p.yaml:6: unknown_senders.address_book: is missing; add it",
    ] == errors(text)


@pytest.mark.parametrize(
    ("addition", "expected"),
    [
        (
            "groups: {g: {processes: {sales: {handler: petr}}}}",
            "groups.g.processes.sales: there is no process sales; define it, or use one of: helpdesk",
        ),
        ("groups: {g: {price_lists: [x]}}", "groups.g.price_lists: there is no price list x"),
        (
            "groups: {g: {sla: {contract: x, default_level: y}}}",
            "groups.g.sla.contract: there is no contract x",
        ),
        (
            SLA + "groups: {g: {sla: {contract: premium, default_level: gold}}}",
            "groups.g.sla.default_level: there is no level gold; define it, or use one of: bronze",
        ),
        (SLA.replace("low: bronze", "low: x"), "sla.contracts.premium.severities.low: there is no level x"),
        (
            SLA.replace("calendar: office", "calendar: x"),
            "sla.contracts.premium.levels.bronze.calendar: there is no calendar x",
        ),
        (
            SLA.replace("Europe/Prague", "Europe/Brno"),
            "sla.calendars.office: time zone Europe/Brno is not known",
        ),
        (
            SLA.replace("hours:", "holidays: XX, hours:"),
            "sla.calendars.office: holidays of XX are not known; use ISO 3166",
        ),
        (SLA.replace('["08:00-16:30"]', "[]"), "sla.calendars.office.hours: no open hour in the whole week"),
        (
            SLA.replace("08:00-16:30", "16:30-08:00"),
            "ends before it starts; over midnight, write 22:00-24:00",
        ),
        (SLA.replace("PT4H", "PT99999H"), "respond_within: takes more than ten years of calendar office"),
        (SLA.replace("PT4H", "P1W"), "respond_within: not a duration: write days as P3D"),
        (
            "rules: [{id: a, when: {subject_regex: '('}, stop: true}]",
            "rules.0.when.subject_regex.0: RE2 refuses",
        ),
        ("rules: [{id: a, when: {subject_regex: '(?=x)'}, stop: true}]", "it knows no look-around"),
        ("rules: [{id: a, when: {}, stop: true}]", "rules.0.when: no condition: write at least one"),
        ("rules: [{id: a, when: {subject_regex: x}}]", "rules.0: does nothing: give it set"),
        ("rules: [{id: a, when: {moon: full}, stop: true}]", "rules.0.when.moon: is not a known key here"),
        (
            "rules: [{id: a, when: {not: {sender_groups: g}}, reject_as: {}}]",
            "rules.0: reject_as answers before these are known",
        ),
        (
            "rules: [{id: a, when: {any: [{mailbox: x@y.example}]}, stop: true}]",
            "rules.0.when.any.0.mailbox: there is no mailbox x@y.example",
        ),
        (
            "rules: [{id: a, when: {tls: true}, set: {process: x}}, {id: a, when: {tls: true}, stop: true}]",
            "rules.1.id: a is the id of 2 rules; rename",
        ),
        (
            "products: {SKU-1: {price: 12.00, currency: EUR}}",
            "products.SKU-1.price: must be text; put it in quotes",
        ),
        (
            "price_lists: {l: {currency: EUR, items: {x: [{from: 1, price: '1'}, {from: 1, price: '2'}]}}}",
            "price_lists.l.items.x: the same quantity twice",
        ),
        ("trusted_relays: [10.0.0.0/99]", "trusted_relays.0: '10.0.0.0/99' does not appear to be"),
    ],
)
def test_what_is_wrong_is_said_with_its_key(addition: str, expected: str) -> None:
    """One thing wrong, one line."""
    found = errors(GOOD + addition)
    assert any(expected in line for line in found), found


def test_an_alias_belongs_to_one_mailbox_and_only_one_catches_all() -> None:
    """Else one mail would have two places."""
    text = GOOD.replace(
        "unknown_senders",
        """  a@acme.example: {process: helpdesk, owner: a, aliases: [x@acme.example], catch_all: true}
  b@acme.example: {process: helpdesk, owner: b, aliases: [X@acme.example, support@acme.example], catch_all: true}
  Support@acme.example: {process: helpdesk, owner: b}
unknown_senders""",
    )
    assert [
        "p.yaml:5: mailboxes.a@acme.example.aliases: x@acme.example is an alias of 2 mailboxes; keep one",
        (
            "p.yaml:6: mailboxes.b@acme.example.aliases: support@acme.example is a mailbox of its own; "
            "remove the alias or the mailbox"
        ),
        "p.yaml:6: mailboxes.b@acme.example.aliases: x@acme.example is an alias of 2 mailboxes; keep one",
        "p.yaml:6: mailboxes.b@acme.example.catch_all: a@acme.example is the catch-all already; only one can be",
        "p.yaml:7: mailboxes.Support@acme.example: is the same mailbox as support@acme.example; keep one",
    ] == errors(text)


def test_names_of_the_directory_are_checked_where_it_is_given() -> None:
    """Every kind of name."""
    text = """processes: {helpdesk: {default_area: nowhere}, ordering: {default_area: sales}}
mailboxes: {support@acme.example: {process: helpdesk, user_group: nobodies}}
unknown_senders: {address_book: nothing}
groups:
  strangers: {}
  key-accounts: {processes: {helpdesk: {handler: nobody, user_group: none, area: moon}}}
rules:
  - {id: a, when: {sender_groups: [key-accounts, x]}, set: {handler: support}}
"""
    found = errors(text, a_directory())
    assert [
        "p.yaml:1: processes.helpdesk.default_area: there is no area nowhere",
        "p.yaml:2: mailboxes.support@acme.example.user_group: there is no user group nobodies",
        "p.yaml:3: unknown_senders.address_book: there is no address book nothing",
        "p.yaml:5: groups.strangers: there is no contact group strangers",
        "p.yaml:6: groups.key-accounts.processes.helpdesk.area: there is no area moon",
        "p.yaml:6: groups.key-accounts.processes.helpdesk.handler: there is no user nobody",
        "p.yaml:6: groups.key-accounts.processes.helpdesk.user_group: there is no user group none",
        "p.yaml:8: rules.0.set.handler: there is no user support",
        "p.yaml:8: rules.0.when.sender_groups: there is no contact group x",
    ] == [line.partition(";")[0] for line in found]


def test_only_customers_have_sla_and_price_lists() -> None:
    """A supplier's terms are another matter."""
    group = {"type": "suppliers", "address_book": "customers"}
    processes = "processes: {helpdesk: {default_area: helpdesk}, ordering: {default_area: sales}}"
    text = GOOD.replace("processes: {helpdesk: {default_area: helpdesk}}", processes) + SLA
    text += "groups: {parts: {sla: {contract: premium, default_level: bronze}}}"
    (line,) = errors(text, a_directory(contact_groups={"parts": group}))
    assert "groups.parts: is a group of suppliers; only customers' groups give sla and price_lists" in line


def test_an_empty_file_is_refused() -> None:
    """Not an error of ours."""
    assert ["p.yaml:1: (file): must be a mapping (key: value)"] == errors("")
