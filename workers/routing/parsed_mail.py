"""What a mail says once it is read: plain values, so that decisions need no MIME."""

from collections.abc import Iterator
from dataclasses import dataclass

from schemas.mail import Attachment

DecodedHeaders = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ParsedMail:
    """A mail after decoding. Every field is bounded, and none holds a lone surrogate or a control character.

    `headers` keep their order and the spelling of their names. Addresses (`from_address` …) are read from
    the raw header, before encoded words are decoded: a decoded display name may look like an address. They
    are the first one of the first such header, not normalised, empty where there is none.
    `part_types` are the content types of the first parts, outermost first. `returned_headers` are those of
    the first message inside this one (in a bounce: of what came back).
    `unparsed`: not even a header could be read; everything else is empty and the envelope decides.
    """

    headers: DecodedHeaders = ()
    subject: str = ""
    text: str = ""
    attachments: tuple[Attachment, ...] = ()
    from_address: str = ""
    reply_to_address: str = ""
    original_from_address: str = ""
    content_type: str = "text/plain"
    report_type: str = ""
    part_types: tuple[str, ...] = ()
    delivery_actions: tuple[str, ...] = ()
    returned_headers: DecodedHeaders = ()
    defects: tuple[str, ...] = ()
    unparsed: bool = False

    def first(self, name: str) -> str | None:
        """The first header of this name (any case), or None."""
        return next(self.all(name), None)

    def all(self, name: str) -> Iterator[str]:
        """Every header of this name (any case), in order."""
        wanted = name.lower()
        for key, value in self.headers:
            if key.lower() == wanted:
                yield value
