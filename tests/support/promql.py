"""What a PromQL expression reads."""

from collections.abc import Iterator
from typing import Any

import promql_parser

from workers.metric import Metric
from workers.metrics import METRICS

OF_THE_SCRAPE = frozenset({"instance", "job"})
_OF_A_HISTOGRAM = ("_bucket", "_count", "_sum")


def selectors(expression: str) -> list[Any]:
    """Every vector selector. Raises `ValueError` for what is no PromQL."""
    found: list[Any] = []

    def visit(node: Any) -> bool:
        if isinstance(node, promql_parser.MatrixSelector):
            found.append(node.vector_selector)
        elif isinstance(node, promql_parser.VectorSelector):
            found.append(node)
        return True

    promql_parser.walk(promql_parser.parse(expression), visit)
    return found


def metric_of(name: str) -> Metric | None:
    """The row of workers/metrics.py behind a series' name; None for a series that nobody gives."""
    rows: dict[str, Metric] = {str(each): row for each, row in METRICS.items()}
    for suffix in _OF_A_HISTOGRAM:
        row = rows.get(name.removesuffix(suffix))
        if name.endswith(suffix) and row and row.kind == "histogram":
            return row
    row = rows.get(name)
    return row if row and row.kind != "histogram" else None


def problems(expression: str) -> Iterator[str]:
    """One sentence for each series or label that does not exist."""
    for selector in selectors(expression):
        metric = metric_of(selector.name)
        if metric is None:
            yield f"{selector.name}: no such series"
            continue
        known = {*metric.labels, *OF_THE_SCRAPE}
        yield from (
            f"{selector.name}: no label {matcher.name}"
            for matcher in selector.matchers.matchers
            if matcher.name not in known
        )


def grouped_by(expression: str) -> set[str]:
    """All labels that its aggregations keep and its matchings compare, `le` left out."""
    labels: set[str] = set()

    def visit(node: Any) -> bool:
        modifier = getattr(node, "modifier", None)
        kept = getattr(modifier, "labels", None) or getattr(
            getattr(modifier, "matching", None), "labels", None
        )
        labels.update(kept or ())
        return True

    promql_parser.walk(promql_parser.parse(expression), visit)
    return labels - {"le"}
