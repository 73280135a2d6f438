"""What is compared, each in a process of its own that reads the installation from its environment.

    python -m tests.benchmarks.route_subjects stellwerk MAILS
    python -m tests.benchmarks.route_subjects aiokafka|librdkafka MAILS RECIPE

work off the prefilled `mail.inbound`, print a `Run` and end.
"""

from __future__ import annotations

import asyncio
import sys
import time
from dataclasses import replace
from pathlib import Path

from config.logging import configure_logging
from config.settings import load_settings
from tests.benchmarks.meter import LOOK_SECONDS, Meter, Run
from tests.benchmarks.pass_aiokafka import Lanes
from tests.benchmarks.pass_librdkafka import Threads
from tests.benchmarks.recorded_outputs import Recipe, load_recipe
from tests.support.eventually import eventually
from workers.adapters.prometheus_metrics import PrometheusMetrics
from workers.entrypoints.installation import Installation, configured_installation
from workers.entrypoints.project_service import ProjectService
from workers.entrypoints.route_service import RouteService
from workers.entrypoints.shell import run_services
from workers.metrics import MetricName
from workers.streams.client_patches import prepare_aiokafka


class _Counted(PrometheusMetrics):
    """`mails`: records of committed batches, without those that were forwarded before they were decided."""

    def __init__(self) -> None:
        super().__init__()
        self.mails = 0

    def add(self, name: MetricName, amount: float = 1, **labels: str) -> None:
        super().add(name, amount, **labels)
        if name == "stellwerk_lane_records_total":
            self.mails += int(amount)
        elif name == "stellwerk_decisions_total" and labels["outcome"] == "forwarded":
            self.mails -= int(amount)


def stellwerk(mails: int) -> Run:
    """The service as `stellwerk work route` runs it, once the directory is projected."""
    installation = configured_installation(load_settings())
    asyncio.run(_projected(installation))
    metrics, meter = _Counted(), Meter()
    runs: list[Run] = []

    async def watch() -> int:
        while not runs:
            await asyncio.sleep(LOOK_SECONDS)
            run = meter.saw(max(0, metrics.mails), mails)
            runs.extend([run] if run else [])
        return 0

    run_services("stellwerk-work", [RouteService(replace(installation, metrics=metrics))], watch)
    return runs[0]


async def _projected(installation: Installation) -> None:
    project = ProjectService(installation)
    await project.start()
    await eventually(lambda: project.health().ready, within=30)
    await project.stop()


async def aiokafka(mails: int, recipe: Recipe) -> Run:
    prepare_aiokafka()
    connection = configured_installation(load_settings()).connection
    lanes, meter = Lanes(connection.client_options(), connection.prefix, recipe), Meter()
    await lanes.start()
    run = None
    while run is None:
        await asyncio.sleep(LOOK_SECONDS)
        lanes.check()
        run = meter.saw(lanes.count, mails)
    await lanes.stop()
    return run


def librdkafka(mails: int, recipe: Recipe) -> Run:
    connection = configured_installation(load_settings()).connection
    threads, meter = Threads(connection.bootstrap_servers, connection.prefix, recipe), Meter()
    threads.start()
    run = None
    try:
        while run is None:
            time.sleep(LOOK_SECONDS)
            threads.check()
            run = meter.saw(threads.count, mails)
    finally:
        threads.stop()
    return run


def main(subject: str, mails: str, recipe: str = "") -> None:
    configure_logging("error", "json")
    if subject == "stellwerk":
        run = stellwerk(int(mails))
    elif subject == "aiokafka":
        run = asyncio.run(aiokafka(int(mails), load_recipe(Path(recipe))))
    else:
        run = librdkafka(int(mails), load_recipe(Path(recipe)))
    run.tell()


if __name__ == "__main__":
    main(*sys.argv[1:])
