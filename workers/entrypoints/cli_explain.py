"""`stellwerk explain`: why a mail went where it went."""

from datetime import timedelta
from typing import Annotated

import typer

from workers.entrypoints.configured import now, topics_reader
from workers.entrypoints.explain_pages import story_page
from workers.entrypoints.failures import Negative, run
from workers.entrypoints.output import JsonFlag, console, print_json
from workers.processors.explain import Explanation, explain, explanation_as_json
from workers.processors.explain_around import Around, look_around

app = typer.Typer()


@app.command("explain")
def explain_command(
    id_: Annotated[str, typer.Argument(metavar="ID", help="A ticket, a delivery, or a Message-ID.")],
    limit: Annotated[int, typer.Option(min=1, help="At most so many decisions, the latest ones.")] = 10,
    days: Annotated[int | None, typer.Option(min=1, help="Look back only so far: faster.")] = None,
    json: JsonFlag = False,
) -> None:
    """Tell the story: who sent it and how we know, for each field what gave it and what did not match, what later
    mails and commands changed, how SLA time was counted, and who sees it now.

    Examples:

      stellwerk explain T-7Z9Q2M4K8XWA

      stellwerk explain '<a1b2@mail.acme.test>' --days 3

      stellwerk explain 6f1a0c3c1f6e4f0b9a3a7d5e2b8c4d10 --json | jq '.decisions[].receipt.steps[]'
    """
    since = None if days is None else now() - timedelta(days=days)

    async def read() -> tuple[Explanation, Around]:
        async with topics_reader("Looking for it") as reader:
            found = await explain(reader, id_, limit=limit, since=since)
            return found, await look_around(reader, found, now())

    explanation, around = run(read())
    if json:
        print_json(explanation_as_json(explanation) | around.as_json())
    elif explanation.decisions:
        console().print(story_page(explanation, around))
    if not explanation.decisions:
        raise Negative(
            f"nothing is known of this {explanation.what}. It may not be decided yet, or is older than kept."
        )
