"""`stellwerk smtp` and `stellwerk work`: the services one by one, as many processes of each as needed."""

from collections.abc import Callable
from enum import StrEnum
from typing import Annotated

import typer
from mode.types import ServiceT

from config.logging import configure_logging
from config.settings import Settings
from workers.entrypoints.clock_service import ClockService
from workers.entrypoints.configured import settings
from workers.entrypoints.dependency_watch import Dependency, DependencyWatch
from workers.entrypoints.door_service import DoorService
from workers.entrypoints.http_service import HttpService, Watched
from workers.entrypoints.installation import Installation, configured_installation
from workers.entrypoints.output import note
from workers.entrypoints.pages_service import PagesService
from workers.entrypoints.price_service import PriceService
from workers.entrypoints.project_service import ProjectService
from workers.entrypoints.reconcile_service import ReconcileService
from workers.entrypoints.route_service import RouteService
from workers.entrypoints.shell import run_services, socket_loop
from workers.entrypoints.smtp_processes import of_process, run_processes
from workers.entrypoints.smtp_service import SmtpService
from workers.entrypoints.work_watch import told

smtp = typer.Typer()
work = typer.Typer()


class Processor(StrEnum):
    """What `work` can run."""

    ROUTE = "route"
    PROJECT = "project"
    PRICE = "price"
    CLOCK = "clock"


_SERVICES: dict[
    Processor, Callable[[Installation], RouteService | ProjectService | PriceService | ClockService]
] = {
    Processor.ROUTE: RouteService,
    Processor.PROJECT: ProjectService,
    Processor.PRICE: PriceService,
    Processor.CLOCK: ClockService,
}


@smtp.command("smtp")
def smtp_command(
    processes: Annotated[
        int, typer.Option(min=1, max=256, help="So many on one port (SO_REUSEPORT): one per core is best.")
    ] = 1,
    process: Annotated[int | None, typer.Option(hidden=True, help="Which of several this is.")] = None,
) -> None:
    """Accept mail over SMTP and store it in mail.inbound, until SIGTERM or Ctrl-C.

    Without a broker or a policy it answers 4xx: senders try again, nothing is lost.

    With --processes each is started again when it ends, all limits are those of one process, and process 0, 1, …
    answers HTTP (health, metrics) at STELLWERK_HTTP__PORT plus its number.

    Examples:

      STELLWERK_KAFKA__BOOTSTRAP_SERVERS=kafka:9092 STELLWERK_REDIS__URL=redis://redis:6379/0 stellwerk smtp

      STELLWERK_SMTP__PORT=25 STELLWERK_SMTP__HOST=0.0.0.0 stellwerk smtp --processes 4
    """
    configured = settings()
    if processes > 1:
        configure_logging(configured.log.level, configured.log.format)
        configured_installation(configured)  # what is missing is said once, not by each of them
        note(
            "",
            f"SMTP at {configured.smtp.host}:{configured.smtp.port}, {processes} processes. Ctrl-C ends it.",
        )
        raise typer.Exit(run_processes(configured, processes))
    installation = _installation(configured if process is None else of_process(configured, process))
    service = SmtpService(installation, reuse_port=process is not None)
    watch = DependencyWatch(installation, "kafka", "blobs")
    parts = {"smtp": lambda: None if service.accepting else "nothing can be stored now"}
    watched = Watched({}, parts, watch.refusals)
    note("", f"SMTP at {installation.settings.smtp.host}:{installation.settings.smtp.port}. Ctrl-C ends it.")
    raise typer.Exit(
        run_services(
            "stellwerk-smtp",
            [HttpService(installation, watched), watch, service],
            new_loop=socket_loop,
        )
    )


@work.command("work")
def work_command(
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
    installation = _installation(settings())
    chosen = list(dict.fromkeys(processors or Processor))
    services = {name: _SERVICES[name](installation) for name in chosen}
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
    door, pages = DoorService(installation), PagesService(installation, watched)
    http = HttpService(installation, watched, door.routes(), pages.pages())
    return [http, door, pages, ReconcileService(installation, pages.board)]


def _installation(configured: Settings) -> Installation:
    configure_logging(configured.log.level, configured.log.format)
    return told(configured_installation(configured))
