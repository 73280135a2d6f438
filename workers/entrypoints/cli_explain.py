"""`stellwerk explain`: why a mail went where it went."""

from datetime import timedelta
from typing import Annotated

import typer

from workers.entrypoints.configured import now, topics_reader
from workers.entrypoints.failures import Negative, run
from workers.entrypoints.output import JsonFlag, console, print_json
from workers.entrypoints.receipt_pages import explanation_page
from workers.processors.explain import Explanation, explain, explanation_as_json

app = typer.Typer()


@app.command("explain")
def explain_command(
    id_: Annotated[str, typer.Argument(metavar="ID", help="A ticket, a delivery, or a Message-ID.")],
    limit: Annotated[int, typer.Option(min=1, help="At most so many decisions, the latest ones.")] = 10,
    days: Annotated[int | None, typer.Option(min=1, help="Look back only so far: faster.")] = None,
    json: JsonFlag = False,
) -> None:
    """Show the receipt: who sent it and how we know, and for each field what gave it and what did not match.

    Examples:

      stellwerk explain T-7Z9Q2M4K8XWA

      stellwerk explain '<a1b2@mail.acme.test>' --days 3

      stellwerk explain 6f1a0c3c1f6e4f0b9a3a7d5e2b8c4d10 --json | jq '.decisions[].receipt.steps[]'
    """
    since = None if days is None else now() - timedelta(days=days)

    async def read() -> Explanation:
        async with topics_reader("Looking for it") as reader:
            return await explain(reader, id_, limit=limit, since=since)

    explanation = run(read())
    if json:
        print_json(explanation_as_json(explanation))
    elif explanation.decisions:
        console().print(explanation_page(explanation))
    if not explanation.decisions:
        raise Negative(
            f"nothing is known of this {explanation.what}. It may not be decided yet, or is older than kept."
        )
