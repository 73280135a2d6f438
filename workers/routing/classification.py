"""What kind of mail it is, by its headers and form, and which of them says so (RFC 3834, RFC 3464, RFC 8098).

First of: our own coming back, a failed delivery, an answer by a machine, a list, generated mail, a human's.
Only a *proven* response is suppressed later, so what merely looks like a machine's is `generated` and routed:
the null sender alone (web forms use it), `Precedence: bulk`, `X-Auto-Response-Suppress`, a subject alone.
`Auto-Submitted: no` is a human's mail (RFC 3834 §5).
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from schemas.mail import Envelope
from schemas.vocabulary import Classification
from workers.routing.identity import Signer
from workers.routing.parsed_mail import ParsedMail
from workers.routing.returned_ticket import returned_ticket


@dataclass(frozen=True, slots=True)
class Classified:
    """`evidence`: the name of the header, or the form, that decided; never a mail's words.

    `bounced_ticket`: of a bounce only, the ticket of our signed id in what came back.
    """

    classification: Classification
    proven_response: bool
    evidence: str
    bounced_ticket: str | None = None


@dataclass(frozen=True, slots=True)
class _Signs:
    """Machine headers as all checks need them. `headers`: the first of each, by its lower-case name."""

    mail: ParsedMail
    headers: Mapping[str, str]
    null_sender: bool
    auto_submitted: str
    precedence: str


def classify(mail: ParsedMail, envelope: Envelope, mailbox: str, signer: Signer) -> Classified:
    """Classify a mail to `mailbox`. An unparsed mail is a human's: nothing says otherwise."""
    headers = {name.lower(): value for name, value in reversed(mail.headers)}
    signs = _Signs(
        mail=mail,
        headers=headers,
        null_sender=envelope.mail_from in ("", "<>"),
        auto_submitted=_keyword(headers.get("auto-submitted")),
        precedence=_keyword(headers.get("precedence")),
    )
    loop = _own_loop(headers, mailbox, signer)
    if loop is not None:
        return Classified("loop", True, loop)
    bounce = _failure_report(signs)
    if bounce is not None:
        return Classified("bounce", True, bounce, returned_ticket(mail, mailbox, signer))
    for classification, proven, check in _CHECKS:
        evidence = check(signs)
        if evidence is not None:
            return Classified(classification, proven, evidence)
    return Classified("human", False, "none")


def _own_loop(headers: Mapping[str, str], mailbox: str, signer: Signer) -> str | None:
    if "x-stellwerk-trace" in headers:
        return "x-stellwerk-trace"
    own_id = headers.get("message-id", "")
    return "message-id" if signer.ticket_of_message_id(own_id, mailbox) else None


_QMAIL = re.compile(r"Hi\. This is the qmail-send program at ")
_MACHINES = re.compile(r"(mailer-daemon|postmaster|mail-daemon|mdaemon|double-bounce)[+@]", re.IGNORECASE)


def _failure_report(signs: _Signs) -> str | None:
    """A standard report of a failure, or the forms of servers that send none (qmail, Exim, Exchange, …).

    A report of a delay or of success is no failure: see `_other_report`.
    """
    mail = signs.mail
    if _is_delivery_report(signs):
        failed = "failed" in mail.delivery_actions or not mail.delivery_actions
        return "report-type" if failed else None
    for name in ("x-failed-recipients", "x-ms-exchange-message-is-ndr"):
        if name in signs.headers and (signs.null_sender or signs.auto_submitted.startswith("auto-")):
            return name
    if signs.null_sender and _QMAIL.match(mail.text):
        return "qmail-send form"
    if signs.null_sender and signs.auto_submitted != "auto-replied" and _MACHINES.match(mail.from_address):
        return "return-path"
    return None


def _is_delivery_report(signs: _Signs) -> bool:
    """`multipart/report` of a delivery, also where the parameter is missing but the part is there.

    From the null sender the part alone is enough: gateways wrap reports to add a footer.
    """
    mail = signs.mail
    if mail.report_type:
        return mail.report_type == "delivery-status"
    may_be = signs.null_sender or mail.content_type == "multipart/report"
    return may_be and any(kind.endswith("delivery-status") for kind in mail.part_types)


def _other_report(signs: _Signs) -> str | None:
    """A delivery report of no failure, or a disposition notification (MDN, "read receipt")."""
    mail = signs.mail
    disposition = any(kind.endswith("disposition-notification") for kind in mail.part_types)
    if _is_delivery_report(signs) or mail.report_type == "disposition-notification":
        return "report-type"
    return "content-type" if mail.content_type == "multipart/report" and disposition else None


_RESPONDER_HEADERS = ("x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-reply", "x-vacation")
_OUT_OF_OFFICE = re.compile(
    r"\s*(?:(?:re|aw|sv|vs|antw|odp)\s*:\s*)?"
    r"(?:auto(?:matic)?[ -]?(?:reply|response)|auto\s*:|autoreply|autosvar|automatiskt? svar|out of (?:the )?office"
    r"|(?:automatische )?abwesenheits(?:notiz|nachricht|meldung|assistent)|automatische antwort|abwesend"
    r"|r[eé]ponse automatique|absence du bureau|respuesta autom[aá]tica|fuera de la oficina|risposta automatica"
    r"|resposta autom[aá]tica|automatisch antwoord|afwezigheid|automatick[aá] odpov[eě][dď]"
    r"|odpowied[zź] automatyczna|automaattinen vastaus|vacation (?:reply|response))",
    re.IGNORECASE,
)


def _machine_answer(signs: _Signs) -> str | None:
    """RFC 3834 `auto-replied`, older responders' own headers, or an out-of-office subject *with* machine headers."""
    if signs.auto_submitted == "auto-replied":
        return "auto-submitted"
    for name in _RESPONDER_HEADERS:
        if _keyword(signs.headers.get(name)) not in ("", "no", "false", "0"):
            return name
    if signs.precedence in ("auto_reply", "auto-reply"):
        return "precedence"
    if _OUT_OF_OFFICE.match(signs.mail.subject):
        return _machine_header(signs)
    return None


def _machine_header(signs: _Signs) -> str | None:
    if signs.auto_submitted not in ("", "no"):
        return "auto-submitted"
    if _suppresses_answers(signs):
        return "x-auto-response-suppress"
    if signs.precedence in ("bulk", "junk"):
        return "precedence"
    return "return-path" if signs.null_sender else None


def _mailing_list(signs: _Signs) -> str | None:
    for name in ("list-id", "list-post", "mailing-list", "x-mailing-list"):
        if name in signs.headers:
            return name
    return "precedence" if signs.precedence == "list" else None


def _generated(signs: _Signs) -> str | None:
    return _machine_header(signs) or ("list-unsubscribe" if "list-unsubscribe" in signs.headers else None)


def _suppresses_answers(signs: _Signs) -> bool:
    """Outlook puts `DR, RN, NRN` on people's mail; machines suppress answers as well."""
    wanted = signs.headers.get("x-auto-response-suppress", "").lower().replace(",", " ").split()
    return not {"all", "oof", "autoreply"}.isdisjoint(wanted)


_COMMENT = re.compile(r"\([^()]*\)")
_SEPARATORS = re.compile(r"[;\s]+")
_Check = Callable[[_Signs], str | None]
_CHECKS: tuple[tuple[Classification, bool, _Check], ...] = (
    ("auto-reply", True, _other_report),
    ("auto-reply", True, _machine_answer),
    ("list", False, _mailing_list),
    ("generated", False, _generated),
)


def _keyword(value: str | None) -> str:
    """The first word of a structured header, lower case: without comments and parameters."""
    return next(_words(value), "") if value else ""


def _words(value: str) -> Iterator[str]:
    return (word.lower() for word in _SEPARATORS.split(_COMMENT.sub(" ", value)) if word)
