"""The address that a From or Reply-To header names first. RFC 5322 §3.4.

Matching is by the exact normalised address. A plus tag is *not* taken off: `jan+x@acme.test` may be another
person's mailbox, and a wrong match would show one customer's tickets to another's readers. (The company is
still found by the domain.)
"""

from schemas.addresses import normal_address

_MAX_ADDRESS_LENGTH = 320
"""64 for the local part, 255 for the domain, and the at sign (RFC 5321 §4.5.3.1)."""


def address_key(address: str) -> str:
    """The normalised address (`schemas.addresses`); empty for what is none."""
    plain = address.strip().strip("<>")
    try:
        return normal_address(plain) if len(plain) <= _MAX_ADDRESS_LENGTH else ""
    except ValueError:
        return ""


def first_address(header: str) -> str:
    """The first address of an undecoded address header, as written; empty where there is none.

    An address in angle brackets wins over one in its own display name (`a@acme.test <b@evil.test>` is b),
    as mail readers show it; comments and quoted strings are not searched. Group syntax: its first member.
    """
    for mailbox in _mailboxes(header):
        if "@" in mailbox:
            return mailbox
    return ""


def _mailboxes(header: str) -> list[str]:
    """Each mailbox's address. One pass; `,` and `;` end a mailbox outside of quotes, comments and `<>`."""
    found: list[str] = []
    bare: list[str] = []
    angle: str | None = None
    position, end = 0, len(header)
    while position < end:
        char = header[position]
        if char == '"':
            position, quoted = _quoted(header, position)
            bare.append(quoted if header[position : position + 1] == "@" else " ")
        elif char == "(":
            position = _after_comment(header, position)
        elif char == "<":
            closing = header.find(">", position)
            closing = end if closing < 0 else closing
            angle = header[position + 1 : closing].strip() if angle is None else angle
            position = closing + 1
        elif char in ",;":
            found.append(_address(angle, bare))
            bare, angle, position = [], None, position + 1
        else:
            if char == ":":  # a group's name, or an old source route
                bare = []
            else:
                bare.append(char)
            position += 1
    found.append(_address(angle, bare))
    return found


def _address(angle: str | None, bare: list[str]) -> str:
    if angle is not None:
        return angle.rpartition(":")[2]  # <@relay.test:jan@acme.test>, RFC 5321 appendix C
    words = [""]
    for piece in bare:  # a quoted local part is one piece, with its spaces
        if piece.isspace():
            words.append("")
        else:
            words[-1] += piece
    return next((word for word in words if "@" in word), "")


def _quoted(header: str, start: int) -> tuple[int, str]:
    position = start + 1
    while position < len(header) and header[position] != '"':
        position += 2 if header[position] == "\\" else 1
    return position + 1, header[start : position + 1]


def _after_comment(header: str, start: int) -> int:
    depth, position = 0, start
    while position < len(header):
        char = header[position]
        if char == "\\":
            position += 1
        elif char == "(":
            depth += 1
        elif char == ")":
            depth -= 1
            if depth == 0:
                return position + 1
        position += 1
    return position
