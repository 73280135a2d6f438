"""`stellwerk settings`: all settings with their origin."""

import os

import typer
from rich.table import Table

from config.settings_rows import describe
from config.settings_unknown import unknown_variables
from workers.entrypoints.configured import settings
from workers.entrypoints.output import JsonFlag, console, note, print_json

app = typer.Typer()


@app.command("settings")
def settings_command(json: JsonFlag = False) -> None:
    """Show every setting, where it comes from and what it means; secrets are masked.

    Examples:

      stellwerk settings

      stellwerk settings --json | jq 'select(.origin != "default")'
    """
    rows = describe(settings())
    for name, meant in unknown_variables(os.environ).items():
        note("[yellow]not a setting:[/yellow] ", f"{name} (did you mean {meant}?)" if meant else name)
    if json:
        for row in rows:
            print_json(row)
        return
    table = Table("setting", "value", "from", "what it does", box=None, header_style="bold", pad_edge=False)
    for row in rows:
        table.add_row(row.name, row.value, row.origin, row.help)
    console().print(table)
