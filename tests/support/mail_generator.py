"""Hypothesis strategies of mail: arbitrary octets that look a little like mail, and MIME trees, sound and broken."""

from base64 import encodebytes
from binascii import b2a_qp

from hypothesis import strategies as st

_BITS = [
    *[
        b"From: a@b.test\r\n",
        b"Subject: =?utf-8?q?=C3?=\r\n",
        b"\r\n\r\n",
        b"\n",
        b"\r",
        b" ",
        b"--b",
        b"--b--\r\n",
    ],
    *[
        b"Content-Type: multipart/mixed; boundary=b\r\n",
        b"Content-Transfer-Encoding: base64\r\n",
        b"=?",
        b"?=",
    ],
    *[
        b"Content-Type: text/html; charset=gb2312\r\n",
        b"\x00",
        b"\xff",
        b"<style",
        b"<!--",
        b'"',
        b";",
        b"\\",
        b"(",
    ],
    *[
        b"Content-Type: message/rfc822\r\n",
        b"Content-Disposition: attachment; filename*0*=x''%ff\r\n",
        b"A: ",
    ],
]
_CHARSETS = st.sampled_from(
    [
        "utf-8",
        "us-ascii",
        "windows-1252",
        "windows-1258",
        "gb2312",
        "iso-2022-jp",
        "utf-7",
        "utf-16",
        "x-no",
        "",
    ]
)
_LEAF_TYPES = st.sampled_from(
    [
        *[
            "text/plain",
            "text/html",
            "text/calendar",
            "application/pdf",
            "application/ms-tnef",
            "message/rfc822",
        ],
        *["message/delivery-status", "text/rfc822-headers", "nonsense", "image/png", ""],
    ]
)
_ENCODINGS = st.sampled_from(["", "7bit", "base64", "quoted-printable", "x-uuencode", "BASE64 (comment)"])
_NAMES = st.one_of(st.just(""), st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=20))


def any_octets() -> st.SearchStrategy[bytes]:
    """Octets of any kind, among them pieces of mail in any order."""
    pieces = st.lists(st.one_of(st.sampled_from(_BITS), st.binary(max_size=20)), max_size=30)
    return st.one_of(st.binary(max_size=500), pieces.map(b"".join))


@st.composite
def _leaf(draw: st.DrawFn) -> bytes:
    encoding = draw(_ENCODINGS)
    content = draw(st.one_of(st.binary(max_size=200), st.text(max_size=100).map(str.encode)))
    honest = draw(st.booleans())
    if honest and encoding.lower().startswith("base64"):
        content = encodebytes(content)
    elif honest and encoding == "quoted-printable":
        content = b2a_qp(content)
    name = draw(_NAMES)
    disposition = f'Content-Disposition: attachment; filename="{name}"\r\n' if name else ""
    head = (
        f"Content-Type: {draw(_LEAF_TYPES)}; charset={draw(_CHARSETS)}\r\n"
        f"Content-Transfer-Encoding: {encoding}\r\n{disposition}\r\n"
    )
    return head.encode() + content


@st.composite
def _multipart(draw: st.DrawFn, children: st.SearchStrategy[bytes]) -> bytes:
    boundary = draw(st.sampled_from(["b", "bb", "b b", "=_b", "b'()+_,-./:=?", ""]))
    subtype = draw(st.sampled_from(["mixed", "alternative", "report", "digest", "signed"]))
    line = b"\r\n--" + boundary.encode()
    body = b"".join(line + b"\r\n" + part for part in draw(st.lists(children, max_size=4)))
    closing = line + b"--\r\n" if draw(st.booleans()) else b""
    return f'Content-Type: multipart/{subtype}; boundary="{boundary}"\r\n\r\n'.encode() + body + closing


def mime_mails() -> st.SearchStrategy[bytes]:
    """Whole mails with up to a few levels of parts; what is declared need not be true."""
    trees = st.recursive(_leaf(), _multipart, max_leaves=8)
    usual = b"From: Jan <jan@acme.test>\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
    return trees.map(lambda tree: usual + tree)
