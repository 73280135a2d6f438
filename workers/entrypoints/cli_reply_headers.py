"""`stellwerk reply-headers`: what an answer must carry."""

from typing import Annotated

import typer

from workers.entrypoints.cli_tickets import read_ticket
from workers.entrypoints.failures import run
from workers.entrypoints.output import JsonFlag, console, print_json

app = typer.Typer()


@app.command("reply-headers")
def reply_headers(
    ticket_id: Annotated[str, typer.Argument(metavar="TICKET")],
    json: JsonFlag = False,
) -> None:
    """Print the headers with which the customer's next mail finds this ticket.

    Examples:

      stellwerk reply-headers T-7Z9Q2M4K8XWA

      stellwerk reply-headers T-7Z9Q2M4K8XWA --json | jq -r .reply_to
    """
    reply = run(read_ticket(ticket_id)).reply
    if json:
        print_json(reply)
        return
    for line in (
        f"Reply-To: {reply.reply_to}",
        f"Message-ID: {reply.message_id}",
        f"Subject: Re: … {reply.subject_token}",
    ):
        console().print(line, markup=False, soft_wrap=True)
