"""`stellwerk work`: the processors, all in one process or each in its own, as many processes as needed."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer
from mode.types import ServiceT

from workers.entrypoints.configured import settings
from workers.entrypoints.dependency_watch import Dependency, DependencyWatch
from workers.entrypoints.http_service import HttpService, Watched
from workers.entrypoints.installation import Installation
from workers.entrypoints.output import note
from workers.entrypoints.service_process import installation_of_service
from workers.entrypoints.shell import run_services

if TYPE_CHECKING:
    from workers.entrypoints.clock_service import ClockService
    from workers.entrypoints.price_service import PriceService
    from workers.entrypoints.project_service import ProjectService
    from workers.entrypoints.route_service import RouteService

    LaneWork = RouteService | ProjectService | PriceService | ClockService

app = typer.Typer()


class Processor(StrEnum):
    """What `work` can run."""

    ROUTE = "route"
    PROJECT = "project"
    PRICE = "price"
    CLOCK = "clock"


@app.command()
def work(
    processors: Annotated[
        list[Processor] | None, typer.Argument(help="Which ones; none: all of them.", show_default=False)
    ] = None,
) -> None:
    """Route mail and commands, project the directory, price orders, watch SLAs, check conservation; until SIGTERM.

    Run as many processes as there are partitions; one more only stands by.

    Examples:

      stellwerk work

      STELLWERK_HTTP__PORT=0 stellwerk work route
    """
    installation = installation_of_service(settings())
    chosen = list(dict.fromkeys(processors or Processor))
    services = {name: _service(name, installation) for name in chosen}
    blobs: tuple[Dependency, ...] = ("blobs",) if Processor.ROUTE in chosen else ()
    watch = DependencyWatch(installation, "kafka", "redis", *blobs)
    watched = Watched({name.value: service.health for name, service in services.items()}, {}, watch.refusals)
    note("", f"Working: {', '.join(chosen)}. Ctrl-C ends it.")
    with_doors = Processor.PROJECT in chosen
    http, *beside = (_doors if with_doors else _health_only)(installation, watched)
    all_services = [http, watch, *services.values(), *beside]
    raise typer.Exit(run_services("stellwerk-work", all_services))


def _health_only(installation: Installation, watched: Watched) -> list[ServiceT]:
    return [HttpService(installation, watched)]


def _doors(installation: Installation, watched: Watched) -> list[ServiceT]:
    """HTTP first, then what its door to content and its pages are made from."""
    from workers.entrypoints.door_service import DoorService
    from workers.entrypoints.pages_service import PagesService
    from workers.entrypoints.reconcile_service import ReconcileService

    door, pages = DoorService(installation), PagesService(installation, watched)
    http = HttpService(installation, watched, door.routes(), pages.pages())
    return [http, door, pages, ReconcileService(installation, pages.board)]


def _service(name: Processor, installation: Installation) -> LaneWork:
    """Loads no other: `work route` shall not wait for what prices orders."""
    match name:
        case Processor.ROUTE:
            from workers.entrypoints.route_service import RouteService

            return RouteService(installation)
        case Processor.PROJECT:
            from workers.entrypoints.project_service import ProjectService

            return ProjectService(installation)
        case Processor.PRICE:
            from workers.entrypoints.price_service import PriceService

            return PriceService(installation)
        case Processor.CLOCK:
            from workers.entrypoints.clock_service import ClockService

            return ClockService(installation)
