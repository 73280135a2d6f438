"""`stellwerk up`: all of it in the foreground."""

from pathlib import Path
from typing import Annotated

import typer

from config.logging import configure_logging
from workers.entrypoints.configured import settings
from workers.entrypoints.output import note
from workers.entrypoints.stack import StackOptions, pages_hint
from workers.entrypoints.up import RunningStack, run_stack

app = typer.Typer()


@app.command()
def up(
    policy: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Make this policy live. Else the live one, or the sample."),
    ] = None,
    directory: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Publish this directory. Else the published one, or the sample."),
    ] = None,
    data_dir: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Keep mails, topics and the secret here across runs.")
    ] = None,
    ready_file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the addresses here, as JSON, once mail is accepted."),
    ] = None,
    smtp_port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Instead of STELLWERK_SMTP__PORT; 0: any free one.")
    ] = None,
    http_port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Instead of STELLWERK_HTTP__PORT; 0: any free one.")
    ] = None,
) -> None:
    """Run SMTP, routing, the directory projector and HTTP in the foreground, until Ctrl-C.

    Brings an Apache Kafka and a Redis of its own where STELLWERK_KAFKA__BOOTSTRAP_SERVERS and
    STELLWERK_REDIS__URL are not set. Topics, policy and directory are provisioned.

    Examples:

      stellwerk up --data-dir .data --policy policy.yaml --directory directory.yaml

      stellwerk up --smtp-port 0 --http-port 0 --ready-file ready.json
    """
    configured = settings()
    configure_logging(configured.log.level, configured.log.format)
    if ready_file is not None:
        ready_file.unlink(missing_ok=True)
    options = StackOptions(policy, directory, data_dir, smtp_port, http_port)
    code = run_stack(configured, options, _announce, progress=note, ready_file=ready_file)
    raise typer.Exit(code)


async def _announce(stack: RunningStack) -> None:
    host, port = stack.smtp
    note(f"[bold]Stellwerk takes mail at {host}:{port}[/]. Ctrl-C ends it and all that it started.")
    note("", f"  pages  {pages_hint(stack)}")
    note("", f"  kafka  {stack.kafka_bootstrap}")
    note("", f"  redis  {stack.redis_url}")
    note("", f"  try    stellwerk send --server {host}:{port} --to support@acme.example --text Hello")
