"""All of Stellwerk in one process: what `up` and `demo` run."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path

import structlog

from config.settings import Settings
from config.settings_rows import without_login
from workers.adapters.kafka_jars import Progress
from workers.adapters.loopback_port import is_free
from workers.entrypoints.clock_service import ClockService
from workers.entrypoints.dependency_watch import DependencyWatch
from workers.entrypoints.door_service import DoorService
from workers.entrypoints.embedded import installation_of
from workers.entrypoints.embedded_watch import EmbeddedWatch
from workers.entrypoints.http_service import HttpService, Watched
from workers.entrypoints.installation import CLOCK, PRICE, PROJECT, ROUTE, Installation
from workers.entrypoints.pages_service import PagesService
from workers.entrypoints.price_service import PriceService
from workers.entrypoints.project_service import ProjectService
from workers.entrypoints.provision import provision, read_content
from workers.entrypoints.reconcile_service import ReconcileService
from workers.entrypoints.route_service import RouteService
from workers.entrypoints.shell import run_services
from workers.entrypoints.smtp_service import SmtpService
from workers.entrypoints.stack import StackOptions
from workers.entrypoints.work_watch import told
from workers.errors import DependencyUnavailable

_log = structlog.get_logger(__name__)

READY_SECONDS = 90.0
_LOOK_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class RunningStack:
    """`workers.entrypoints.stack.Stack`: the addresses of what runs."""

    smtp: tuple[str, int]
    http: tuple[str, int]
    kafka_bootstrap: str
    redis_url: str
    prefix: str
    token_file: Path | None


Body = Callable[[RunningStack], Awaitable[int | None]]
"""Runs once mail is accepted. An exit code ends the stack, None lets it run on until a signal."""


def run_stack(
    settings: Settings,
    options: StackOptions,
    body: Body,
    *,
    progress: Progress,
    ready_file: Path | None = None,
) -> int:
    """Start everything, run `body`, stop everything. Blocks; returns the exit code.

    Raises `WrongConfiguration` (files, ports) before anything is written, `DependencyUnavailable` where what
    is configured does not answer.
    """
    content = read_content(options.policy, options.directory)
    data_dir = options.data_dir or settings.data_dir
    with installation_of(settings, data_dir, progress) as installation:
        kafka = settings.kafka
        work = provision(
            installation.connection,
            content,
            partitions=kafka.partitions,
            replication=kafka.replication_factor,
        )
        asyncio.run(work)
        placed = told(replace(installation, settings=_with_ports(installation.settings, options)))
        return _run(placed, body, ready_file)


def _run(installation: Installation, body: Body, ready_file: Path | None) -> int:
    smtp, route, project = SmtpService(installation), RouteService(installation), ProjectService(installation)
    price, clock = PriceService(installation), ClockService(installation)
    servers = EmbeddedWatch(installation.embedded)
    watch = DependencyWatch(installation, "kafka", "redis", "blobs")
    watched = Watched(
        lanes={ROUTE: route.health, PROJECT: project.health, PRICE: price.health, CLOCK: clock.health},
        parts={"smtp": lambda: None if smtp.accepting else "nothing can be stored now"},
        hints=watch.refusals,
    )
    door, pages = DoorService(installation), PagesService(installation, watched)
    http = HttpService(installation, watched, door.routes(), pages.pages())
    reconcile = ReconcileService(installation, pages.board)

    async def when_ready() -> int | None:
        await _until_ready(watched)
        stack = RunningStack(
            smtp.address,
            http.address,
            installation.connection.bootstrap_servers,
            without_login(installation.redis_url),
            installation.prefix,
            installation.token_file,
        )
        if ready_file is not None:
            _write_ready_file(ready_file, stack)
        _log.info("ready", smtp=_address(stack.smtp), http=_address(stack.http))
        return await body(stack)

    return run_services(
        "stellwerk-up",
        [servers, http, watch, door, pages, project, route, price, clock, reconcile, smtp],
        when_ready,
    )


async def _until_ready(watched: Watched) -> None:
    try:
        async with asyncio.timeout(READY_SECONDS):
            while watched.readiness().reasons:  # noqa: ASYNC110  # many parts, none of which can set an event
                await asyncio.sleep(_LOOK_SECONDS)
    except TimeoutError:
        reasons = "; ".join(watched.readiness().reasons)
        raise DependencyUnavailable(f"Not ready after {READY_SECONDS:.0f} s: {reasons}") from None


def _write_ready_file(path: Path, stack: RunningStack) -> None:
    """In one step: whoever sees the file sees all of it."""
    ready = {
        "smtp": _address(stack.smtp),
        "http": _address(stack.http),
        "kafka": stack.kafka_bootstrap,
        "redis": stack.redis_url,
    }
    part = path.with_name(f"{path.name}.{os.getpid()}")
    part.write_text(json.dumps(ready) + "\n")
    part.rename(path)


def _address(address: tuple[str, int]) -> str:
    return f"{address[0]}:{address[1]}"


def _with_ports(settings: Settings, options: StackOptions) -> Settings:
    smtp = _port(options.smtp_port, settings.smtp.port, options)
    http = _port(options.http_port, settings.http.port, options)
    return settings.model_copy(
        update={
            "smtp": settings.smtp.model_copy(update={"port": smtp}),
            "http": settings.http.model_copy(update={"port": http}),
        }
    )


def _port(wanted: int | None, configured: int, options: StackOptions) -> int:
    port = configured if wanted is None else wanted
    return port if not options.any_port_if_taken or is_free(port) else 0
