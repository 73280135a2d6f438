"""Policy and directory of the campaign, as the files that an operator would write."""

from __future__ import annotations

from pathlib import Path

POLICY = """\
processes:
  helpdesk: {default_area: helpdesk, sla: true}
  ordering: {default_area: sales, sla: false, follow_up: keep}
mailboxes:
  support@acme.example: {process: helpdesk, user_group: support}
  orders@acme.example: {process: ordering, user_group: sales}
  jana@acme.example: {process: helpdesk, owner: jana}
unknown_senders: {address_book: customers}
groups:
  key-accounts:
    priority: 50
    sla: {contract: premium, default_level: silver}
    processes: {helpdesk: {handler: petr, user_group: support}, ordering: {handler: eva}}
sla:
  calendars: {office: {time_zone: Europe/Prague, hours: {mon-fri: ["08:00-16:30"]}, holidays: CZ}}
  contracts:
    premium:
      severities: {normal: silver}
      levels: {silver: {calendar: office, respond_within: PT4H, resolve_within: P3D, warn_before: PT1H}}
rules:
  - {id: invoices, when: {subject_regex: "(?i)invoice"}, set: {process: ordering}, stop: true}
"""

DIRECTORY = """\
users:
  petr: {name: Petr, mail: petr@acme.example}
  eva: {name: Eva, mail: eva@acme.example}
  jana: {name: Jana, mail: jana.private@acme.example}
user_groups:
  support: {members: [petr]}
  sales: {members: [eva]}
address_books:
  customers: {rights: {petr: reader, eva: reader, jana: reader}}
areas:
  helpdesk: {rights: {support: actor, jana: actor}}
  sales: {rights: {sales: actor}}
contact_groups:
  key-accounts: {name: Key accounts, type: customers, address_book: customers, members: [c0, c2]}
contacts:
"""


def write_files(directory: Path) -> tuple[Path, Path]:
    """The paths of policy and directory. Senders are `pN@cM.test`: companies 0 to 3 and some persons are known."""
    policy, entities = directory / "policy.yaml", directory / "directory.yaml"
    policy.write_text(POLICY)
    contacts = [
        f"  c{n}: {{kind: company, name: Company {n}, address_book: customers, domains: [c{n}.test]}}"
        for n in range(4)
    ]
    contacts += [f"  p{n}: {{kind: person, parent: c0, addresses: [p{n}@c0.test]}}" for n in range(5)]
    entities.write_text(DIRECTORY + "\n".join(contacts) + "\n")
    return policy, entities
