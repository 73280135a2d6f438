"""What the static analysis finds: each kind with its place, its severity and what to do."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

import config
from config.directory_file import load_directory
from config.finding import PlacedFinding
from config.policy_analysis import Analysis, analyse_policy, analyse_text
from schemas.directory import Directory
from tests.support.builders import a_directory

SAMPLES = Path(config.__file__).parent
BASE = """processes: {helpdesk: {default_area: helpdesk}}
mailboxes:
  support@acme.example: {process: helpdesk, user_group: support}
  jana@acme.example: {process: helpdesk, owner: jana}
unknown_senders: {address_book: inbox}
"""
SLA = """
sla:
  calendars: {office: {time_zone: UTC, hours: {mon-fri: ["08:00-16:00"]}}}
  contracts:
    premium: {severities: {low: basic}, levels: {basic: {calendar: office, respond_within: PT4H}}}
groups:
  key-accounts:
    sla: {contract: premium, default_level: basic}
    processes: {helpdesk: {handler: petr, area: helpdesk}}
"""
WITH_SLA = BASE.replace("helpdesk}", "helpdesk, sla: true}", 1) + SLA


def analysed(text: str, directory: Directory | None = None) -> Analysis:
    return analyse_text(text, "p.yaml", directory)


def found(text: str, severity: str, directory: Directory | None = None) -> list[str]:
    findings = analysed(text, directory).findings
    return [f"{each.key}: {each.text}" for each in findings if each.severity == severity]


def test_a_finding_has_its_place_its_severity_and_what_to_do() -> None:
    """As compilers write it."""
    text = BASE + "price_lists:\n  old: {currency: EUR}\n"
    (finding,) = analysed(text).findings
    assert (
        PlacedFinding(
            file="p.yaml",
            line=7,
            key="price_lists.old",
            severity="warning",
            text="price list old belongs to no group, so it applies to nobody",
            hint="name it in the price_lists of a group, or remove it",
        )
        == finding
    )


def test_a_good_policy_has_no_findings() -> None:
    """Nothing to say."""
    assert () == analysed(BASE).findings
    assert () == analysed(WITH_SLA).findings


@pytest.mark.parametrize(
    ("text", "key", "words"),
    [
        ("processes: [", "(file)", "is not YAML"),
        ("processes: {}", "processes", "is empty"),
        (BASE + "groups: {g: {price_lists: [x]}}", "groups.g.price_lists", "there is no price list x"),
        (BASE + "groups: {g: {processes: {x: {handler: h}}}}", "groups.g.processes.x", "no process x"),
        (
            WITH_SLA.replace('mon-fri: ["08:00-16:00"]', "mon: []"),
            "sla.calendars.office.hours",
            "no open hour in the whole week",
        ),
        (
            WITH_SLA.replace("low: basic", "low: gold"),
            "sla.contracts.premium.severities.low",
            "no level gold",
        ),
    ],
)
def test_what_does_not_work_is_an_error(text: str, key: str, words: str) -> None:
    """And there is no policy then; the hint says what to do."""
    analysis = analysed(text)
    errors = [each for each in analysis.findings if each.severity == "error"]
    assert analysis.policy is None
    assert any(key == each.key and words in each.text and each.hint for each in errors), errors


def test_a_file_that_is_not_there_is_an_error() -> None:
    """Not a crash."""
    (finding,) = analyse_policy(Path("nowhere.yaml")).findings
    assert ("error", "nowhere.yaml") == (finding.severity, finding.file)


def test_cells_without_handler_or_area_are_shown() -> None:
    """R10 R15: it may be meant, so hints; an empty row hardly is."""
    text = BASE.replace("processes: {", "processes: {ordering: {default_area: sales}, ") + (
        "groups:\n  g: {processes: {helpdesk: {area: x}, ordering: {handler: h}}}\n"
        "  empty: {processes: {helpdesk: {}}}\n"
    )
    assert [
        "processes.ordering: no mailbox and no rule leads to process ordering",
        "groups.g.processes.helpdesk: group g names no handler for process helpdesk",
        "groups.g.processes.ordering: group g names no area for process ordering",
        "groups.empty.processes: group empty says nothing for process ordering",
    ] == found(text, "hint")
    assert ["groups.empty.processes.helpdesk: group empty has an empty row for process helpdesk"] == [
        each for each in found(text, "warning") if "empty" in each
    ]


@pytest.mark.parametrize(
    ("change", "severity", "expected"),
    [
        (("severities: {low: basic}, ", ""), "warning", "contract premium maps no severity"),
        (("groups:\n", "groups: {}\nx:\n"), "error", "x: is not a known key here"),
        (
            ("    sla: {contract: premium, default_level: basic}\n", ""),
            "warning",
            "contract premium belongs to no group",
        ),
        (("PT4H}", "PT4H, warn_before: PT4H}"), "warning", "warn_before is not shorter than respond_within"),
        (
            ("levels: {", "levels: {other: {calendar: office, resolve_within: P1D}, "),
            "hint",
            "level other of contract",
        ),
        (
            ("calendars: {", "calendars: {night: {time_zone: UTC, hours: {sun: ['00:00-04:00']}}, "),
            "hint",
            "no level uses",
        ),
        (
            (
                "    premium:",
                "    b: {severities: {high: b}, levels: {b: {calendar: office, resolve_within: P1D}}}\n    premium:",
            ),
            "warning",
            "contract premium has no level for severity high",
        ),
    ],
)
def test_service_levels_that_nothing_reaches(change: tuple[str, str], severity: str, expected: str) -> None:
    """R20 R22: what cannot be evaluated, and what no ticket ever gets."""
    assert any(expected in text for text in found(WITH_SLA.replace(*change), severity))


@pytest.mark.parametrize(("weeks", "said"), [(52, True), (51, False)])
def test_a_calendar_whose_open_days_are_all_holidays_has_no_open_hour(weeks: int, said: bool) -> None:
    """In that year nothing becomes due."""
    dates = ", ".join(str(date(2027, 1, 4) + timedelta(weeks=week)) for week in range(weeks))
    closed = WITH_SLA.replace("mon-fri:", "mon:").replace("time_zone", f"holidays: [{dates}], time_zone")
    assert said == any(
        "calendar office has no open hour in 2027" in text for text in found(closed, "warning")
    )


def two_groups(**second: Any) -> str:
    row = "{helpdesk: {handler: petr, area: helpdesk}}"
    return BASE + f"groups:\n  key-accounts: {{processes: {row}}}\n  other: {{processes: {row}}}\n"


def test_groups_of_equal_priority_that_meet_in_somebody() -> None:
    """Which of both gives the handler would hang on distance or on the alphabet."""
    group = {"type": "customers", "address_book": "customers"}
    groups = {"key-accounts": {**group, "members": ["c-acme"]}, "other": {**group, "members": ["p-jan"]}}
    apart = {**groups, "other": {**group, "members": []}}
    text = "groups.other: groups key-accounts and other have the same priority 0 and both give"
    both = "handler of helpdesk, area of helpdesk"
    meet = [
        each for each in found(two_groups(), "warning", a_directory(contact_groups=groups)) if text in each
    ]
    assert [f"{text} {both}; contact p-jan is in both"] == meet
    assert not any(text in each for each in found(two_groups(), "warning", a_directory(contact_groups=apart)))
    assert [f"{text} {both}"] == [each for each in found(two_groups(), "hint") if text in each]


def test_the_samples_have_the_gap_that_they_are_to_show() -> None:
    """R17 R18: olga may not read the partners' book; handlers of rows that are never taken are not blamed."""
    analysis = analyse_policy(SAMPLES / "policy.yaml", load_directory(SAMPLES / "directory.yaml"))
    assert analysis.policy is not None
    assert [
        (
            "groups.resellers.processes.ordering.handler: "
            "olga, who handles ordering of resellers, lacks address book partners"
        )
    ] == [f"{each.key}: {each.text}" for each in analysis.findings if "lacks" in each.text]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"address_books": {"inbox": {}, "customers": {}, "board": {}}},
            "petr, who handles helpdesk of key-accounts, lacks address book board",
        ),
        (
            {"areas": {"helpdesk": {}, "key-helpdesk": {}, "sales": {}}},
            "petr, who handles helpdesk of key-accounts, lacks area helpdesk",
        ),
        (
            {
                "user_groups": {
                    "support": {},
                    "second-level": {"members": ["petr"], "processes": []},
                    "sales": {},
                }
            },
            "petr, who handles helpdesk of key-accounts, may not handle process helpdesk",
        ),
        (
            {"address_books": {"inbox": {}, "customers": {}, "board": {}}},
            "jana, the owner of jana@acme.example, lacks address book inbox",
        ),
        (
            {"user_groups": {"support": {}, "second-level": {}, "sales": {}}},
            "nobody in user group support may see both address book inbox and area helpdesk",
        ),
    ],
)
def test_whoever_is_named_and_lacks_a_right(changes: dict[str, Any], expected: str) -> None:
    """R16 R17 R18 R44: nothing here grants it, so the mail would wait for somebody who cannot see it."""
    assert any(expected in text for text in found(WITH_SLA, "warning", a_directory(**changes)))
