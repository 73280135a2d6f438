"""Parameters of MAIL and RCPT: SIZE (RFC 1870), BODY (6152), SMTPUTF8 (6531), and the DSN ones (3461)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from workers.adapters.smtp_replies import BAD_SYNTAX, UNKNOWN_PARAMETER, Refused

_XTEXT = re.compile(r"(?:[!-*,-<>-~]|\+[0-9A-F]{2})+\Z")
_ENVID_CHARACTERS = 100
_ORCPT_CHARACTERS = 500
_NOTIFY = frozenset({"SUCCESS", "FAILURE", "DELAY"})


@dataclass(frozen=True, slots=True)
class MailParameters:
    size: int | None = None
    smtp_utf8: bool = False
    ret: str | None = None
    envid: str | None = None


NO_PARAMETERS = MailParameters()


def mail_parameters(text: str) -> MailParameters:
    """Raises `Refused` for what is malformed or unknown."""
    if not text:
        return NO_PARAMETERS
    given = _given(text, frozenset({"SIZE", "BODY", "SMTPUTF8", "RET", "ENVID"}))
    _require(given.get("BODY", "7BIT").upper() in {"7BIT", "8BITMIME"})
    _require(not given.get("SMTPUTF8"))
    size = given.get("SIZE")
    _require(size is None or (size.isascii() and size.isdigit() and len(size) <= 20))
    ret = given.get("RET")
    _require(ret is None or ret.upper() in {"FULL", "HDRS"})
    envid = given.get("ENVID")
    _require(envid is None or (len(envid) <= _ENVID_CHARACTERS and _XTEXT.match(envid) is not None))
    return MailParameters(
        size=None if size is None else int(size),
        smtp_utf8="SMTPUTF8" in given,
        ret=ret and ret.upper(),
        envid=envid,
    )


def rcpt_parameters(text: str) -> str:
    """NOTIFY and ORCPT as given, empty for none. Raises `Refused` for what is malformed or unknown."""
    if not text:
        return ""
    given = _given(text, frozenset({"NOTIFY", "ORCPT"}))
    notify = given.get("NOTIFY")
    wanted = [] if notify is None else notify.upper().split(",")
    _require(wanted == ["NEVER"] or _NOTIFY.issuperset(wanted))
    orcpt = given.get("ORCPT")
    if orcpt is not None:
        kind, _, address = orcpt.partition(";")
        _require(len(orcpt) <= _ORCPT_CHARACTERS and kind.isascii() and bool(kind and address))
        _require(address.isprintable())
    return " ".join(f"{name}={value}" for name, value in sorted(given.items(), reverse=True))


def _given(text: str, known: frozenset[str]) -> dict[str, str]:
    given: dict[str, str] = {}
    for parameter in filter(None, text.split(" ")):
        name, equals, value = parameter.partition("=")
        keyword = name.upper()
        if keyword not in known:
            raise Refused(UNKNOWN_PARAMETER)
        _require(
            keyword not in given and bool(value) == bool(equals) and (keyword == "SMTPUTF8" or bool(value))
        )
        given[keyword] = value
    return given


def _require(well_formed: bool) -> None:
    if not well_formed:
        raise Refused(BAD_SYNTAX)
