"""`stellwerk access`: may this user see that message?"""

from typing import Annotated

import typer

from schemas.vocabulary import Access
from workers.entrypoints.configured import topics_reader
from workers.entrypoints.failures import NO, run
from workers.entrypoints.output import JsonFlag, console, print_json
from workers.processors.viewers import access_of

app = typer.Typer()


@app.command()
def access(
    delivery: Annotated[str, typer.Argument(metavar="DELIVERY")],
    viewer: Annotated[str, typer.Option("--as", metavar="USER", help="The user who would look.")],
    json: JsonFlag = False,
) -> None:
    """Say `content`, `existence` or `nothing`, and which requirement decided it. Exit 0 only for `content`.

    Examples:

      stellwerk access 6f1a0c3c1f6e4f0b9a3a7d5e2b8c4d10 --as petr

      stellwerk access 6f1a0c3c1f6e4f0b9a3a7d5e2b8c4d10 --as petr --json | jq -r .because
    """

    async def read() -> tuple[Access, str]:
        async with topics_reader("Reading the message's tags") as reader:
            return await access_of(reader, delivery, viewer)

    verdict, because = run(read())
    if json:
        print_json({"delivery_id": delivery, "viewer": viewer, "verdict": verdict, "because": because})
    else:
        console().print(f"{verdict}  ({because})", markup=False)
    if verdict != "content":
        raise typer.Exit(NO)
