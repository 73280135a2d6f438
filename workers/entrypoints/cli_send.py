"""`stellwerk send`: a test mail, or files of mails, through SMTP."""

from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Annotated

import typer

from workers.adapters.smtp_client import OutgoingMail, Reply, SmtpServer, send_all
from workers.entrypoints.configured import settings
from workers.entrypoints.failures import NO
from workers.entrypoints.outgoing_mails import mails_of_file, message_id_of, written_mail
from workers.entrypoints.output import JsonFlag, console, note, print_json, progress
from workers.errors import InvalidInput

app = typer.Typer()
_LINES_UNTIL_REFUSALS_ONLY = 50


@app.command()
def send(
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[FILE]...", help="`.eml` files and mboxes instead of a test mail."),
    ] = None,
    to: Annotated[list[str] | None, typer.Option(help="Recipient; may be given several times.")] = None,
    sender: Annotated[
        str | None, typer.Option("--from", help="Sender: of the envelope, and of a test mail.")
    ] = None,
    subject: Annotated[str, typer.Option(help="Of a test mail.")] = "A test by stellwerk send",
    text: Annotated[str, typer.Option(help="Of a test mail.")] = "Hello.\n",
    header: Annotated[
        list[str] | None, typer.Option(help="`Name: value`, of a test mail; may be repeated.")
    ] = None,
    server: Annotated[
        str | None, typer.Option(metavar="HOST:PORT", help="Instead of the configured one.")
    ] = None,
    starttls: Annotated[bool, typer.Option("--starttls", help="Encrypt, and check the certificate.")] = False,
    ca: Annotated[Path | None, typer.Option(help="The certificate's issuer, as PEM, for --starttls.")] = None,
    json: JsonFlag = False,
) -> None:
    """Send mail through SMTP and show the reply for each recipient. Exit 0 only where all were accepted.

    Examples:

      stellwerk send --from jan@acme.test --to support@acme.example --subject 'Printer on fire'

      stellwerk send --from jan@acme.test --to support@acme.example --header 'Auto-Submitted: auto-replied'

      stellwerk send archive.mbox one.eml --to support@acme.example --server 127.0.0.1:2525 --json
    """
    target = smtp_server(server, starttls, ca)
    mails = _mails(files or (), sender, to or (), subject, text, header or ())
    sent = refused = 0
    with progress(f"Sending to {target.host}:{target.port}") as step:
        for mail, replies in send_all(target, mails):
            sent += 1
            refused += sum(not reply.accepted for reply in replies)
            _show(mail, replies, json=json, quiet=sent > _LINES_UNTIL_REFUSALS_ONLY)
            step(sent, None)
    if not json:
        note(f"{sent} mails sent, {refused} recipients refused.")
    if refused:
        raise typer.Exit(NO)


def smtp_server(given: str | None, starttls: bool = False, ca: Path | None = None) -> SmtpServer:
    """`HOST:PORT` as given, else as configured."""
    host, port = _host_port(given) if given else (settings().smtp.host, settings().smtp.port)
    return SmtpServer(host, port, starttls, None if ca is None else str(ca))


def _host_port(given: str) -> tuple[str, int]:
    host, _, port = given.rpartition(":")
    if not (host and port.isdigit()):
        raise InvalidInput(f"--server {given}: must be HOST:PORT.")
    return host.strip("[]"), int(port)


def _mails(
    files: Sequence[Path],
    sender: str | None,
    to: Sequence[str],
    subject: str,
    text: str,
    headers: Sequence[str],
) -> Iterator[OutgoingMail]:
    """Files are read one mail at a time, while they are sent; what is typed is checked before."""
    if files:
        return chain.from_iterable(mails_of_file(path, sender, to) for path in files)
    if sender is None or not to:
        raise InvalidInput("A test mail needs --from and --to.")
    return iter([written_mail(sender, to, subject, text, [_header(each) for each in headers])])


def _header(given: str) -> tuple[str, str]:
    name, colon, value = given.partition(":")
    if not colon or not name.strip():
        raise InvalidInput(f"--header {given!r}: must be 'Name: value'.")
    return name.strip(), value.strip()


def _show(mail: OutgoingMail, replies: Sequence[Reply], *, json: bool, quiet: bool) -> None:
    message_id = message_id_of(mail)
    for reply in replies:
        if json:
            print_json(
                {
                    "message_id": message_id,
                    "recipient": reply.recipient,
                    "accepted": reply.accepted,
                    "code": reply.code,
                    "reply": reply.text,
                }
            )
        elif not (quiet and reply.accepted):
            console().print(f"{reply.code} {reply.recipient}  {reply.text}  {message_id or ''}", markup=False)
