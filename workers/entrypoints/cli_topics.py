"""`stellwerk topics`: provision the installation's topics."""

import sys
from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.table import Table

from workers.adapters.strimzi_topics import strimzi_topics
from workers.adapters.topic_plan import TopicPlan
from workers.adapters.topic_specs import topic_specs
from workers.adapters.topics_apply import apply_topics
from workers.entrypoints.cli_acls import acls
from workers.entrypoints.configured import kafka_connection, settings
from workers.entrypoints.failures import Negative, run
from workers.entrypoints.output import JsonFlag, console, note, print_json
from workers.entrypoints.yaml_output import as_yaml

STRIMZI_REPLICATION = 3
"""Copies where none are configured: 250 must outlive a broker."""

app = typer.Typer(no_args_is_help=True, help="The topics of this installation.")


app.command()(acls)


@app.callback()
def topics() -> None:
    """The topics of this installation."""


@app.command()
def apply(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    partitions: Annotated[int | None, typer.Option(min=1, help="Instead of the configured count.")] = None,
    json: JsonFlag = False,
) -> None:
    """Create the topics that are missing, and mend settings that drifted.

    A different partition count is refused: tickets would change their partition.

    Examples:

      stellwerk topics apply --dry-run

      stellwerk topics apply --json | jq .drifted
    """
    kafka = settings().kafka
    plan = run(
        apply_topics(
            kafka_connection(),
            partitions=partitions or kafka.partitions,
            replication=kafka.replication_factor,
            dry_run=dry_run,
        )
    )
    if json:
        print_json(plan_as_json(plan, dry_run))
    else:
        show_plan(plan, dry_run)
    if plan.refused:
        raise Negative("nothing was changed: " + " ".join(plan.refused))


@app.command()
def strimzi(
    cluster: Annotated[str, typer.Option(help="Name of the Kafka resource.")],
    partitions: Annotated[int | None, typer.Option(min=1, help="Instead of the configured count.")] = None,
    json: JsonFlag = False,
) -> None:
    """Print the topics as KafkaTopic resources of Strimzi: where its operator owns topics, `apply` need not.

    Examples:

      stellwerk topics strimzi --cluster mail --partitions 12 > topics.yaml

      stellwerk topics strimzi --cluster mail --json | jq -r .metadata.name
    """
    configured = settings()
    copies = configured.kafka.replication_factor or STRIMZI_REPLICATION
    specs = topic_specs(configured.prefix, partitions or configured.kafka.partitions, copies)
    resources = strimzi_topics(specs, cluster)
    if json:
        for resource in resources:
            print_json(resource)
    else:
        sys.stdout.write(as_yaml(resources))


def plan_as_json(plan: TopicPlan, dry_run: bool) -> dict[str, Any]:
    """The answer of `topics apply --json`."""
    return {
        "applied": not (dry_run or plan.refused),
        "created": [spec.name for spec in plan.create],
        "drifted": [asdict(drift) for drift in plan.drifted],
        "unchanged": list(plan.unchanged),
        "refused": list(plan.refused),
        "warnings": list(plan.warnings),
    }


def show_plan(plan: TopicPlan, dry_run: bool) -> None:
    would = "would be " if dry_run or plan.refused else ""
    table = Table("topic", "what", "found", "wanted", box=None, header_style="bold", pad_edge=False)
    for spec in plan.create:
        table.add_row(
            spec.name, f"{would}created", "-", f"{spec.partitions} partitions, {spec.replication} copies"
        )
    for drift in plan.drifted:
        table.add_row(drift.topic, f"{would}set: {drift.config}", drift.found or "-", drift.wanted)
    if table.row_count:
        console().print(table)
    console().print(f"{len(plan.unchanged)} topics are as they should be.")
    for warning in plan.warnings:
        note("[yellow]Warning:[/] ", warning)
