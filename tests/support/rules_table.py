"""Which tests show which rule of the domain: `make rules`.

Reads the docstrings of all tests, and `deploy/DECISIONS.md`, for R-numbers. Exits with 1 where a rule has neither
a test nor a reason.
"""

from __future__ import annotations

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

TESTS = Path(__file__).parents[1]
DECISIONS = TESTS.parent / "deploy" / "DECISIONS.md"
_NUMBER = re.compile(r"\bR(\d+)\b")

RULES = {
    1: "a contact is in exactly one address book",
    2: "a contact group belongs to one book, its members to any",
    3: "a contact may be in several groups",
    4: "a group gives no access to its members",
    5: "without the right on the book one learns nothing, not even existence",
    6: "rights are combined with AND",
    7: "a manager alone sees no content",
    8: "rights of a user group reach members of nested groups",
    10: "handler, user group and area are set per group and process",
    11: "every message of a group's customer goes to the group's handler",
    12: "the look-up uses the process of the mail",
    13: "the process is known from the mailbox; rules refine it",
    14: "a user group narrows who sees the communication",
    15: "the area falls back to the process's default, on its own",
    16: "a shared mailbox has a user group, the fallback audience",
    17: "a handler must be allowed to do the process",
    18: "being handler grants nothing; a gap is flagged",
    20: "a group has a contract and a default level",
    21: "every new problem gets the SLA; follow-ups do not assign it anew",
    22: "the default level holds until severity is evaluated",
    23: "the SLA of one ticket may be changed, up and down",
    24: "no group or contract, no SLA",
    30: "a group's price lists hold for all its customers",
    31: "the lists of several groups apply by the lists' priority",
    32: "an item in several lists has the highest list's price",
    33: "an item in no list has the product's price",
    34: "a list counts only where it is associated",
    40: "by default those see a mail who may see its customer",
    41: "what is in an area only those see who have a right on it",
    42: "private: content for the recipient, existence for the others",
    43: "restrictions stack",
    44: "a personal mailbox's owner is its recipient",
    50: "one folder of a mailbox is fetched",
    51: "rules run in order; a met rule with stop ends them",
    52: "values of one condition are alternatives, fields add up",
    53: "conditions may be regular expressions",
    54: "automatic mail is not answered automatically, and loops are cut",
    55: "known authors are exempt from rules against spam",
    56: "the sender is matched by address, else the company by domain",
    57: "duplicates are known, and bad structure is no loss",
    58: "templates of answers have variables",
}
"""One line each, in the product's words."""


def names_by_rule(root: Path) -> dict[int, list[str]]:
    """Test names (`file::function`) by the number of the rule that their docstring names."""
    found: dict[int, list[str]] = defaultdict(list)
    for path in sorted(root.rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                for number in numbers_in(ast.get_docstring(node) or ""):
                    found[number].append(f"{path.relative_to(root)}::{node.name}")
    return found


def numbers_in(text: str) -> list[int]:
    """Each number once."""
    return sorted({int(number) for number in _NUMBER.findall(text)})


def state(number: int, tests: Mapping[int, list[str]], explained: Iterable[int]) -> str:
    """`tested`, `not taken over` (with its reason in DECISIONS.md), or `MISSING`."""
    if tests.get(number):
        return "tested"
    return "not taken over: deploy/DECISIONS.md" if number in explained else "MISSING"


def main() -> int:
    """Prints a block a rule: number, state, rule, and its tests."""
    tests, explained = names_by_rule(TESTS), numbers_in(DECISIONS.read_text(encoding="utf-8"))
    states = {number: state(number, tests, explained) for number in RULES}
    for number, summary in RULES.items():
        lines = [f"R{number:<3} {states[number]:<8} {summary}"]
        lines += [f"     {name}" for name in tests.get(number, ())]
        sys.stdout.write("\n".join([*lines, ""]))
    missing = [f"R{number}" for number, its in states.items() if its == "MISSING"]
    sys.stdout.write(f"{len(RULES)} rules, missing: {', '.join(missing) or 'none'}\n")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
