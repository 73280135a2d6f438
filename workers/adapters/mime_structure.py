"""The parts of a mail as places in its octets, without copying them. RFC 2046.

Python's parser recurses into nested parts and asks each line at each level, which a hostile mail turns into
minutes; a boundary is found here by searching, and depth, parts and searches are limited:
what is deeper or later stays one undivided part, with a defect.
"""

from dataclasses import dataclass, field

from workers.adapters.mime_headers import HeaderBlock, read_block
from workers.adapters.mime_parameters import parse_parameters

MAX_DEPTH = 20
MAX_PARTS = 500
_MAX_SEARCHES = 20_000
_MAX_TYPE_LENGTH = 127


@dataclass(frozen=True, slots=True)
class Leaf:
    """A part without parts of its own: `raw[start:end]` is its body, still encoded for transfer.

    `name` is the file name that it was given, as written; `message/rfc822` is a leaf, too.
    """

    content_type: str
    charset: str
    name: str
    is_attachment: bool
    transfer_encoding: str
    start: int
    end: int


@dataclass(slots=True)
class Structure:
    """`types`: of all parts, also of those that have parts, outermost first."""

    leaves: list[Leaf] = field(default_factory=list)
    types: list[str] = field(default_factory=list)
    report_type: str = ""
    defects: set[str] = field(default_factory=set)


def find_structure(raw: bytes, top: HeaderBlock) -> Structure:
    """All parts of the mail whose header block is `top`."""
    walk = _Walk(raw)
    walk.visit(top, len(raw), 0, "text/plain")
    return walk.found


class _Walk:
    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self._searches = _MAX_SEARCHES
        self.found = Structure()

    def visit(self, block: HeaderBlock, end: int, depth: int, default_type: str) -> None:
        declared = block.first("content-type")
        content_type, parameters = parse_parameters(declared)
        content_type = self._valid(content_type) or default_type
        self.found.types.append(content_type)
        if depth == 0:
            self.found.report_type = parameters.get("report-type", "").lower()
        if content_type.startswith("multipart/"):
            if self._divide(block.body_start, end, parameters.get("boundary", ""), content_type, depth):
                return
            content_type = content_type if depth >= MAX_DEPTH else "text/plain"
        disposition, disposed = parse_parameters(block.first("content-disposition"))
        self.found.leaves.append(
            Leaf(
                content_type=content_type,
                charset=parameters.get("charset", "").strip("'\""),
                name=disposed.get("filename") or parameters.get("name") or "",
                is_attachment=disposition == "attachment",
                transfer_encoding=(block.first("content-transfer-encoding").lower().split() or [""])[0],
                start=block.body_start,
                end=max(end, block.body_start),
            )
        )

    def _valid(self, content_type: str) -> str:
        main, slash, sub = content_type.partition("/")
        if main and slash and sub and len(content_type) <= _MAX_TYPE_LENGTH and content_type.isprintable():
            return content_type
        if content_type:
            self.found.defects.add("content-type")
        return ""

    def _divide(self, start: int, end: int, boundary: str, content_type: str, depth: int) -> bool:
        if depth >= MAX_DEPTH:
            self.found.defects.add("nested-too-deep")
            return False
        delimiter = b"--" + boundary.rstrip().encode()
        sections = self._sections(start, end, delimiter) if boundary.strip() else []
        if not sections:
            self.found.defects.add("no-boundary")
            return False
        default_type = "message/rfc822" if content_type == "multipart/digest" else "text/plain"
        for section_start, section_end in sections:
            if len(self.found.types) >= MAX_PARTS:
                self.found.defects.add("too-many-parts")
                break
            block = read_block(self._raw, section_start, section_end)
            self.visit(block, section_end, depth + 1, default_type)
        return True

    def _sections(self, start: int, end: int, delimiter: bytes) -> list[tuple[int, int]]:
        """From each delimiter line to the next, without the line break that belongs to the delimiter."""
        raw, found, opened, position = self._raw, list[tuple[int, int]](), -1, start
        while len(found) <= MAX_PARTS:
            hit = raw.find(delimiter, position, end) if self._searches > 0 else -1
            self._searches -= 1
            if hit < 0:
                self.found.defects.add("no-closing-boundary" if self._searches > 0 else "too-many-boundaries")
                break
            line_end = raw.find(b"\n", hit, end)
            position = end if line_end < 0 else line_end + 1
            after = raw[hit + len(delimiter) : position].strip() if self._is_line_start(hit, start) else b"-"
            if after not in (b"", b"--"):
                continue
            if opened >= 0:
                found.append((opened, self._before_break(hit, opened)))
            opened = position
            if after == b"--":
                return found
        return [*found, (opened, end)] if opened >= 0 else found

    def _is_line_start(self, position: int, start: int) -> bool:
        return position == start or self._raw[position - 1] == 10

    def _before_break(self, position: int, opened: int) -> int:
        if position > opened and self._raw[position - 1] == 10:
            position -= 1
            if position > opened and self._raw[position - 1] == 13:
                position -= 1
        return position
