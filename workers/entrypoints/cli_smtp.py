"""`stellwerk smtp`: the front door on its own, as many processes of it as needed."""

from typing import Annotated

import typer

from config.logging import configure_logging
from workers.entrypoints.configured import settings
from workers.entrypoints.dependency_watch import DependencyWatch
from workers.entrypoints.http_service import HttpService, Watched
from workers.entrypoints.installation import configured_installation
from workers.entrypoints.output import note
from workers.entrypoints.service_process import installation_of_service
from workers.entrypoints.shell import run_services, socket_loop
from workers.entrypoints.smtp_processes import of_process, run_processes
from workers.entrypoints.smtp_service import SmtpService

app = typer.Typer()


@app.command()
def smtp(
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
    installation = installation_of_service(configured if process is None else of_process(configured, process))
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
