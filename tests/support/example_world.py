"""The policy and the directory in which the story of `schemas/examples` plays."""

from schemas.directory import Directory
from schemas.policy import Policy
from tests.support.builders import MAILBOX

POLICY = Policy.model_validate(
    {
        "processes": {"helpdesk": {"default_area": "helpdesk", "sla": True}},
        "mailboxes": {MAILBOX: {"process": "helpdesk", "user_group": "support"}},
        "unknown_senders": {"address_book": "inbox"},
        "groups": {
            "key-accounts": {
                "priority": 100,
                "sla": {"contract": "premium", "default_level": "silver"},
                "price_lists": ["key-prices"],
                "processes": {
                    "helpdesk": {"handler": "petr", "user_group": "support", "area": "key-helpdesk"}
                },
            }
        },
        "sla": {
            "calendars": {
                "office": {
                    "time_zone": "Europe/Prague",
                    "week": [[[480, 990]]] * 5 + [[], []],
                    "holidays": ["2026-04-03", "2026-04-06"],
                    "transitions": [
                        {"at": "2025-10-26T01:00:00Z", "offset_seconds": 3600},
                        {"at": "2026-03-29T01:00:00Z", "offset_seconds": 7200},
                    ],
                }
            },
            "contracts": {
                "premium": {
                    "severities": {"normal": "silver", "critical": "gold"},
                    "levels": {
                        "silver": {"calendar": "office", "respond_within": "PT4H", "resolve_within": "P3D"},
                        "gold": {"calendar": "office", "respond_within": "PT1H", "resolve_within": "PT8H"},
                    },
                }
            },
        },
        "price_lists": {
            "key-prices": {
                "priority": 50,
                "currency": "EUR",
                "items": {"SKU-1": [{"from": 1, "price": "9.90"}, {"from": 100, "price": "8.90"}]},
            }
        },
        "products": {
            "SKU-1": {"price": "12.00", "currency": "EUR"},
            "SKU-2": {"price": "3.50", "currency": "EUR"},
        },
    }
)
DIRECTORY = Directory.model_validate(
    {
        "users": {"petr": {"name": "Petr", "mail": "petr@acme.example"}},
        "user_groups": {"support": {"members": ["petr"]}},
        "address_books": {
            "customers": {"rights": {"support": "reader"}},
            "inbox": {"rights": {"support": "reader"}},
        },
        "areas": {
            "helpdesk": {"rights": {"support": "actor"}},
            "key-helpdesk": {"rights": {"support": "actor"}},
        },
        "contacts": {
            "c-acme": {
                "kind": "company",
                "name": "ACME",
                "address_book": "customers",
                "domains": ["acme.test"],
            },
            "p-jan": {
                "kind": "person",
                "name": "Jan Novak",
                "parent": "c-acme",
                "addresses": ["jan@acme.test"],
            },
        },
        "contact_groups": {
            "key-accounts": {
                "name": "Key accounts",
                "type": "customers",
                "address_book": "customers",
                "members": ["c-acme"],
            }
        },
    }
)
