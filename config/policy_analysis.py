"""The static analysis of a policy file: what is wrong, what can never happen, and what is hardly meant.

Looks at the file, and at the directory where it is given; at no server.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from config.finding import Finding, PlacedFinding, Severity, of_problem
from config.findings_access import access_findings
from config.findings_groups import group_findings
from config.findings_rules import rule_findings
from config.findings_sla import sla_findings
from config.policy_file import examine
from config.yaml_places import YamlDocument, parse_yaml, read_yaml
from schemas.directory import Directory
from schemas.policy import Policy
from workers.errors import WrongConfiguration

_PLACED = re.compile(r"(.*?):(\d+): (?:([^ :]+): )?(.*)")


@dataclass(frozen=True, slots=True)
class Analysis:
    """`policy` None: there are errors. Findings come in the file's order."""

    policy: Policy | None
    findings: tuple[PlacedFinding, ...]

    def count(self, severity: Severity) -> int:
        return Counter(finding.severity for finding in self.findings)[severity]


def analyse_policy(path: Path, directory: Directory | None = None) -> Analysis:
    """Never raises for what the file says: that is among the findings."""
    try:
        return _analysed(read_yaml(path), directory)
    except WrongConfiguration as error:
        return Analysis(None, (_unreadable(error, str(path)),))


def analyse_text(text: str, file: str = "policy.yaml", directory: Directory | None = None) -> Analysis:
    """As `analyse_policy`, from text; `file` only names it in findings."""
    try:
        return _analysed(parse_yaml(text, file), directory)
    except WrongConfiguration as error:
        return Analysis(None, (_unreadable(error, file),))


def _analysed(yaml: YamlDocument, directory: Directory | None) -> Analysis:
    policy, problems = examine(yaml, directory)
    found = [of_problem(problem) for problem in problems]
    if policy is not None:
        found += chain(
            rule_findings(policy),
            group_findings(policy, directory),
            sla_findings(policy),
            access_findings(policy, directory) if directory else (),
        )
    errors = any(finding.severity == "error" for finding in found)
    placed = sorted({_placed(yaml, finding) for finding in found}, key=lambda f: (f.line, f.key, f.text))
    return Analysis(None if errors else policy, tuple(placed))


def _placed(yaml: YamlDocument, finding: Finding) -> PlacedFinding:
    key = ".".join(map(str, finding.path)) or "(file)"
    line = yaml.line_of(finding.path)
    return PlacedFinding(yaml.file, line, key, finding.severity, finding.text, finding.hint)


def _unreadable(error: WrongConfiguration, file: str) -> PlacedFinding:
    """A file that is not YAML at all: its one error names its own place."""
    found = _PLACED.fullmatch(error.public)
    line, key, text = (int(found[2]), found[3], found[4]) if found else (1, None, error.public)
    text, _, advice = text.partition("; ")
    return PlacedFinding(file, line, key or "(file)", "error", text, advice or "correct it")
