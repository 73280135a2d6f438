"""An installation whose policy and directory operators change: the samples, and people and boxes for their work."""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import config
from config.yaml_places import read_yaml

_SAMPLES = Path(config.__file__).parent
PARTS = "parts@acme.example"
HOOLI = "c-hooli"

Document = dict[str, Any]


def a_directory(**more: Mapping[str, Any]) -> Document:
    """The sample, with rosa who may act everywhere, and a company in the wrong group. `more` goes into sections."""
    found = _sample("directory.yaml")
    found["users"]["rosa"] = {"name": "Rosa", "mail": "rosa@acme.example"}
    for group in ("second-level", "sales"):
        found["user_groups"][group]["members"].append("rosa")
    found["contacts"][HOOLI] = {
        "kind": "company",
        "name": "Hooli",
        "address_book": "customers",
        "domains": ["hooli.test"],
    }
    found["contact_groups"]["beta-testers"]["members"].append(HOOLI)
    return _with(found, more)


def without_petr(directory: Document) -> Document:
    found = deepcopy(directory)
    del found["users"]["petr"]
    found["user_groups"]["second-level"]["members"].remove("petr")
    del found["address_books"]["customers"]["rights"]["petr"]
    return found


def a_policy(**more: Mapping[str, Any]) -> Document:
    """The sample, with one mailbox more, of the helpdesk. `more` goes into sections."""
    found = _sample("policy.yaml")
    found["mailboxes"][PARTS] = {"process": "helpdesk", "user_group": "support"}
    return _with(found, more)


def with_handler(policy: Document, before: str, after: str) -> Document:
    """Wherever rows and rules name the one."""
    found = deepcopy(policy)
    rows = [row for group in found["groups"].values() for row in group["processes"].values()]
    for named in (*rows, *(rule["set"] for rule in found["rules"] if "set" in rule)):
        if named.get("handler") == before:
            named["handler"] = after
    return found


def write(document: Document, path: Path) -> Path:
    """JSON is YAML."""
    path.write_text(json.dumps(document, indent=1), "utf-8")
    return path


def _sample(name: str) -> Document:
    value = read_yaml(_SAMPLES / name).value
    assert isinstance(value, dict)
    return deepcopy(value)


def _with(document: Document, more: Mapping[str, Mapping[str, Any]]) -> Document:
    for section, entries in more.items():
        document[section].update(entries)
    return document
