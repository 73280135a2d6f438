"""`stellwerk why-not`: the smallest change that would have given something else."""

from __future__ import annotations

from typing import Annotated

import typer

from workers.entrypoints.configured import now, settings, topics_reader
from workers.entrypoints.failures import Negative, run
from workers.entrypoints.installation import installation_secret
from workers.entrypoints.output import JsonFlag, console, print_json
from workers.errors import InvalidInput
from workers.processors.why_not import why_not
from workers.processors.why_not_answer import Asked, WhyNot
from workers.routing.identity import Signer

app = typer.Typer()


@app.command("why-not")
def command(
    id_: Annotated[
        str, typer.Argument(metavar="ID", help="A delivery, a Message-ID, or a ticket (by its first mail).")
    ],
    group: Annotated[str | None, typer.Option(help="Why is the sender not in this contact group?")] = None,
    handler: Annotated[str | None, typer.Option(help="Why did this user not get it?")] = None,
    area: Annotated[str | None, typer.Option(help="Why is it not in this area?")] = None,
    level: Annotated[str | None, typer.Option(help="Why has it not this service level?")] = None,
    viewer: Annotated[str | None, typer.Option(help="Why does this user not see the message?")] = None,
    json: JsonFlag = False,
) -> None:
    """Tell the smallest change of directory, policy or ticket that would have given it.

    Nothing is guessed: the decision is run with each change, and only those that give it are told. Lines with the
    same number are needed together. Exit 1 where no small change would do.

    Examples:

      stellwerk why-not T-7Z9Q2M4K8XWA --handler eva

      stellwerk why-not '<a1b2@mail.acme.test>' --level gold

      stellwerk why-not 6f1a0c3c1f6e4f0b9a3a7d5e2b8c4d10 --viewer karel --json | jq '.changes[0]'
    """
    goals = {"group": group, "handler": handler, "area": area, "level": level, "viewer": viewer}
    asked = [Asked(field, value) for field, value in goals.items() if value is not None]
    if len(asked) != 1:
        raise InvalidInput("Ask for one of --group, --handler, --area, --level, --viewer.")
    found = run(_ask(id_, asked[0]))
    if found is None:
        raise Negative(
            "no routed mail is known by this id. `stellwerk explain` says what else may have become of it."
        )
    if json:
        print_json(found.as_json())
    else:
        _show(found)
    if not found.given and not found.changes:
        raise Negative("no small change of policy, directory or ticket would have given it.")


async def _ask(id_: str, asked: Asked) -> WhyNot | None:
    async with topics_reader("Trying changes") as reader:
        signer = Signer(installation_secret(settings()))
        return await why_not(reader, id_, asked, signer, now())


def _show(found: WhyNot) -> None:
    what = f"{found.asked.field} {found.asked.value}"
    if found.given:
        since = "" if found.now else f" Since then it was changed: stellwerk explain {found.ticket_id}."
        console().print(f"It was given: {what}.{since}", markup=False, soft_wrap=True)
    elif found.now:
        console().print(f"The ticket has it by now: {what}. What would have given it at once:", markup=False)
    for number, changes in enumerate(found.changes, 1):
        for where, what in changes:
            console().print(f"{number}. {where:9}  {what}", markup=False, soft_wrap=True)
