"""`python -m tests.benchmarks [NAME…]`: measure in turn, show the ratios, write the figures to RESULTS.md."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Mapping

from config.logging import configure_logging
from tests.benchmarks import (
    bench_capacity,
    bench_clock,
    bench_decide,
    bench_engine,
    bench_history,
    bench_latency,
    bench_parse,
    bench_reconcile,
    bench_route,
    bench_smtp,
)
from tests.benchmarks.compiled_build import INTERPRETED, go_on_compiled
from tests.benchmarks.measured import Findings
from tests.benchmarks.report import markdown, terminal
from tests.benchmarks.results_file import record
from tests.benchmarks.servers import Servers, running_servers

BENCHMARKS: Mapping[str, Callable[[Servers, float], Findings]] = {
    "smtp": bench_smtp.measure,
    "parse": bench_parse.measure,
    "decide": bench_decide.measure,
    "route": bench_route.measure,
    "engine": bench_engine.measure,
    "latency": bench_latency.measure,
    "history": bench_history.measure,
    "clock": bench_clock.measure,
    "reconcile": bench_reconcile.measure,
    "capacity": bench_capacity.measure,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHMARKS)}; none: all")
    parser.add_argument(
        "--scale", type=float, default=1.0, help="below 1: a quick look, fewer mails, nothing is written"
    )
    parser.add_argument("--record", action="store_true", help="write a quick look's figures all the same")
    parser.add_argument(INTERPRETED, action="store_true", help="without the modules that mypyc compiles")
    chosen = parser.parse_args()
    if unknown := set(chosen.names) - set(BENCHMARKS):
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}")
    go_on_compiled("tests.benchmarks")
    configure_logging("error", "json")
    with running_servers() as servers:
        for name in chosen.names or BENCHMARKS:
            _measure(name, servers, chosen.scale, keep=chosen.record or chosen.scale >= 1)


def _measure(name: str, servers: Servers, scale: float, *, keep: bool) -> None:
    print(f"measuring {name} …", flush=True)
    load = os.getloadavg()[0]
    findings = BENCHMARKS[name](servers, scale)
    print(f"\n{terminal(findings)}", flush=True)
    if keep:
        note = "" if scale >= 1 else f"A quick look, at scale {scale:g}. "
        record(name, note + markdown(findings), load)


if __name__ == "__main__":
    main()
