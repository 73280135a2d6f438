"""`stellwerk price`: what an item costs a customer, and why."""

from datetime import datetime
from typing import Annotated

import typer
from rich.table import Table

from schemas.orders import OrderLine, PricedLine, PricedOrder
from workers.entrypoints.configured import now, topics_reader
from workers.entrypoints.failures import NO, run
from workers.entrypoints.output import JsonFlag, console, print_json
from workers.processors.explain_price import explain_price

app = typer.Typer()


@app.command()
def price(
    customer: Annotated[str, typer.Option(metavar="CONTACT", help="A contact's id in the directory.")],
    item: Annotated[str, typer.Option(metavar="SKU", help="The item.")],
    quantity: Annotated[int, typer.Option(min=1, help="How many: lists have quantity breaks.")] = 1,
    currency: Annotated[
        str | None, typer.Option(help="The order's currency; not needed where the policy has only one.")
    ] = None,
    at: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d"], help="When it would be ordered; default: now."
        ),
    ] = None,
    json: JsonFlag = False,
) -> None:
    """Say what an item costs a customer by the live policy: which list, and which others were looked at.

    A day without a time begins at midnight of the local time zone. Exit 1 where it has no price.

    Examples:

      stellwerk price --customer c-acme --item SKU-1 --quantity 120

      stellwerk price --customer p-jan --item SKU-2 --currency EUR --at 2026-12-31T23:59:59+01:00 --json
    """
    line = OrderLine(sku=item, quantity=quantity)
    placed_at = now() if at is None else at.astimezone()

    async def read() -> PricedOrder:
        async with topics_reader("Reading policy and directory") as reader:
            return await explain_price(reader, customer, line, currency, placed_at)

    priced = run(read())
    if json:
        print_json(_as_json(priced))
    else:
        _show(priced, priced.lines[0])
    if not priced.priced:
        raise typer.Exit(NO)


def _as_json(priced: PricedOrder) -> dict[str, object]:
    """The line with what it was decided by; an order that is none has no id and no total."""
    order = priced.model_dump(mode="json", include={"customer_id", "currency", "placed_at", "policy_version"})
    return order | priced.lines[0].model_dump(mode="json")


def _show(priced: PricedOrder, line: PricedLine) -> None:
    if line.unit_price is None:
        console().print(f"no price: {line.reason}", markup=False)
    else:
        each = (
            f"{line.unit_price} {priced.currency} each, {line.amount} {priced.currency} for {line.quantity}"
        )
        console().print(f"{each}  ({line.reason})", markup=False)
    table = Table(box=None, show_header=False, pad_edge=False)
    for looked in line.looked_at:
        table.add_row(looked.candidate, looked.verdict, looked.why)
    if line.looked_at:
        console().print(table)
