"""`type/subtype; name=value` headers, with long and encoded values. RFC 2045 §5.1, RFC 2231, RFC 2183."""

import re
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from workers.routing.encoded_words import decode_words
from workers.routing.mail_charsets import decode_text

_MAX_VALUE = 4096
_PARAMETER = re.compile(r';\s*([^\s=;"]{1,80})\s*=\s*(?:"((?:[^"\\]|\\.)*)"?|([^;]*))')
_SECTION = re.compile(r"([^*]+)(?:\*(\d{1,3}))?(\*)?")
_ESCAPED = re.compile(r"\\([\"\\])")  # not others: old clients send whole Windows paths


class Parameterised(NamedTuple):
    """`value` is lower case; parameter names are lower case, their values decoded."""

    value: str
    parameters: dict[str, str]


class _Piece(NamedTuple):
    place: int
    encoded: bool
    text: str


def parse_parameters(header: str) -> Parameterised:
    """Parse Content-Type or Content-Disposition. Takes anything; what is no parameter is left out.

    Also what senders do against the standards: encoded words in values, spaces without quotes.
    """
    bounded = header[:_MAX_VALUE]
    words = bounded.partition(";")[0].split()
    value = words[0].lower() if words else ""
    if ";" not in bounded:
        return Parameterised(value, {})
    pieces: dict[str, list[_Piece]] = {}
    for name, quoted, plain in _PARAMETER.findall(bounded):
        text = _ESCAPED.sub(r"\1", quoted) if quoted else plain.strip()
        section = _SECTION.fullmatch(name.lower())
        if section:
            piece = _Piece(int(section[2] or 0), bool(section[3]), text)
            pieces.setdefault(section[1], []).append(piece)
    return Parameterised(value, {name: _joined(found) for name, found in pieces.items()})


def _joined(pieces: list[_Piece]) -> str:
    """Sections in order. Where a name is given plainly and encoded, the encoded one (RFC 2231, RFC 6266)."""
    if len(pieces) == 1 and not pieces[0].encoded:
        return decode_words(pieces[0].text)
    if not any(piece.encoded for piece in pieces):
        unique = {piece.place: piece.text for piece in reversed(pieces)}
        return decode_words("".join(unique[index] for index in sorted(unique)))
    in_order = sorted(pieces, key=lambda piece: (piece.place, not piece.encoded))
    unique_pieces = {piece.place: piece for piece in reversed(in_order)}
    sections = [unique_pieces[index] for index in sorted(unique_pieces)]
    charset, text = _charset_and_text(sections[0])
    octets = b"".join([_octets(sections[0]._replace(text=text)), *map(_octets, sections[1:])])
    return decode_text(octets, charset)[0]


def _charset_and_text(first: _Piece) -> tuple[str, str]:
    if first.encoded and first.text.count("'") >= 2:
        charset, _, text = first.text.split("'", 2)
        return charset, text
    return "", first.text


def _octets(piece: _Piece) -> bytes:
    return unquote_to_bytes(piece.text) if piece.encoded else piece.text.encode()
