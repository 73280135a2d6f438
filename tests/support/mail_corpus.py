"""The mails of tests/support/mails: forms that real servers and clients send, made up by us.

Those that carry an id of ours are signed with `CORPUS_SECRET` for `builders.MAILBOX` and `builders.TICKET_ID`.
"""

from pathlib import Path

CORPUS_SECRET = b"a secret for tests only"
_DIRECTORY = Path(__file__).parent / "mails"


def corpus_mail(name: str) -> bytes:
    """The raw octets of one mail."""
    return (_DIRECTORY / f"{name}.eml").read_bytes()


def corpus_names() -> list[str]:
    """The names of all mails, sorted."""
    return sorted(path.stem for path in _DIRECTORY.glob("*.eml"))
