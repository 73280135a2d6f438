"""Everything that the SMTP server says: RFC 5321 codes, RFC 3463 enhanced codes, and nothing of our insides."""

from typing import NamedTuple

from schemas.policy_rules import RejectAs


class Reply(NamedTuple):
    """`reason` is for metrics; it never goes over the wire."""

    text: str
    reason: str = ""

    @property
    def code(self) -> int:
        return int(self.text[:3])


OK = Reply("250 2.0.0 OK")
SENDER_OK = Reply("250 2.1.0 Sender OK")
RECIPIENT_OK = Reply("250 2.1.5 Recipient OK")
ACCEPTED = Reply("250 2.0.0 Accepted")
START_DATA = Reply("354 End data with <CR><LF>.<CR><LF>")
START_TLS = Reply("220 2.0.0 Ready to start TLS")
BYE = Reply("221 2.0.0 Bye")
HELP = Reply("214 2.0.0 See RFC 5321")
CANNOT_VERIFY = Reply("252 2.5.2 Cannot verify, but a mail will be tried")

SHUTTING_DOWN = Reply("421 4.3.2 Service is shutting down, try again later", "shutting-down")
TOO_MANY_CONNECTIONS = Reply("421 4.3.2 Too many connections, try again later", "connections")
TOO_MANY_FROM_NETWORK = Reply("421 4.7.0 Too many connections from your network, try again later", "network")
TOO_FAST_FROM_NETWORK = Reply(
    "421 4.7.0 Connections from your network come too fast, try again later", "rate"
)
TOO_MANY_ERRORS = Reply("421 4.7.0 Too many errors", "errors")
TIMED_OUT = Reply("421 4.4.2 Timeout, closing", "timeout")

TRY_LATER = Reply("451 4.3.0 Temporary failure, try again later", "unavailable")
NO_MEMORY = Reply("452 4.3.1 Insufficient resources, try again later", "memory")
TOO_MANY_RECIPIENTS = Reply("452 4.5.3 Too many recipients, send the rest in another mail", "recipients")
TLS_NOT_READY = Reply("454 4.7.0 TLS not available", "tls")

UNKNOWN_COMMAND = Reply("500 5.5.2 Command not recognized", "command")
COMMAND_TOO_LONG = Reply("500 5.5.2 Command line too long", "command")
BARE_LINE_END = Reply("500 5.5.2 A command ends with CR LF, and has no other CR or LF", "line-end")
BAD_SYNTAX = Reply("501 5.5.4 Syntax error in parameters", "syntax")
BAD_SENDER = Reply("501 5.1.7 Bad sender address syntax", "syntax")
BAD_RECIPIENT = Reply("501 5.1.3 Bad recipient address syntax", "syntax")
NOT_IMPLEMENTED = Reply("502 5.5.1 Command not implemented", "command")
HELO_FIRST = Reply("503 5.5.1 Send EHLO or HELO first", "sequence")
NESTED_MAIL = Reply("503 5.5.1 Sender already given", "sequence")
MAIL_FIRST = Reply("503 5.5.1 Send MAIL first", "sequence")
TLS_ALREADY = Reply("503 5.5.1 TLS already active", "sequence")
UNKNOWN_MAILBOX = Reply("550 5.1.1 No such mailbox here", "unknown-mailbox")
FORGED_END = Reply("550 5.6.0 A dot alone between line ends other than CR LF is not accepted", "line-end")
TOO_BIG = Reply("552 5.3.4 Message too big", "size")
NEEDS_SMTPUTF8 = Reply("553 5.6.7 A non-ASCII address needs SMTPUTF8", "smtputf8")
NO_RECIPIENTS = Reply("554 5.5.1 No valid recipients", "sequence")
MAIL_LOOP = Reply("554 5.4.6 Too many hops, this mail is looping", "loop")
LINE_TOO_LONG = Reply("554 5.6.0 A line of this mail is too long", "line-length")
NOT_ACCEPTABLE = Reply("554 5.6.0 This mail cannot be accepted", "invalid")
UNKNOWN_PARAMETER = Reply("555 5.5.4 Parameter not recognized", "syntax")


def of_rule(answer: RejectAs) -> Reply:
    """What the policy says; its text is printable ASCII."""
    return Reply(f"{answer.code} {answer.status} {answer.text}", "rule")


class Refused(Exception):
    """A command's answer is this reply, and nothing else happens."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.reason)
        self.reply = reply
