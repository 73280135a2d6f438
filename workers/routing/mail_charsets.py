"""Octets to text by a charset that a stranger named, who may be wrong or lying. RFC 2045, RFC 2047.

Python knows codecs that a mail must not reach: some are not charsets, some take quadratic time, and each
unknown name would stay in the interpreter's cache for ever. So a name is looked up only where Python's own
list of charsets has it.
"""

from codecs import lookup
from encodings.aliases import aliases
from functools import cache

_OTHER_CODECS = (
    "base64_codec bz2_codec hex_codec quopri_codec rot_13 uu_codec zlib_codec "
    "base64 bz2 hex quopri rot13 uu zlib mbcs oem idna punycode undefined unicode_escape raw_unicode_escape"
)
_WITHOUT_ALIAS = "cp720 cp737 cp856 cp874 cp1006 koi8_t koi8_u utf_8_sig mac_arabic"
_NOT_CHARSETS = frozenset(_OTHER_CODECS.split())
_PYTHON_NAMES = frozenset({*aliases, *aliases.values(), *_WITHOUT_ALIAS.split()}) - _NOT_CHARSETS

# What senders mean by a name is often the larger set of their own system (WHATWG Encoding §4.2).
_MEANT = {
    "ansi": "cp1252",
    "big5": "big5hkscs",
    "cp_850": "cp850",
    "euc_kr": "cp949",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "iso8859_1": "cp1252",
    "iso_8859_8_e": "iso8859_8",
    "iso_8859_8_i": "iso8859_8",
    "iso8859_9": "cp1254",
    "latin_1": "cp1252",
    "shift_jis": "cp932",
    "tis_620": "cp874",
    "unicode_1_1_utf_7": "utf_7",
    "utf8mb4": "utf_8",
    "windows_874": "cp874",
    "x_gbk": "gb18030",
    "x_sjis": "cp932",
}
_CLEAN_NAME = str.maketrans({"-": "_", " ": "_", ".": "_", ":": "_"})
_MAX_NAME_LENGTH = 40


def codec_for(charset: str) -> str | None:
    """The Python codec to use for a charset's name; None where we know none."""
    return _codec_for(charset.strip().lower()) if len(charset) <= _MAX_NAME_LENGTH else None


def decode_text(octets: bytes, charset: str) -> tuple[str, bool]:
    """The text, and whether it is what the charset says. Never raises.

    Where it is not: UTF-8 if it fits, else the named charset with the replacement character, which is
    Windows-1252 where the name is unknown or ASCII. An empty name means that nothing was said: UTF-8, as long
    as it fits. Characters that are no text (lone surrogates of some codecs) are replaced, too.
    """
    codec = codec_for(charset) if charset else "utf_8"
    for tried in dict.fromkeys((codec, "utf_8")):
        try:
            if tried is not None:
                return _whole_characters(octets.decode(tried)), tried == codec
        except ValueError:
            continue
    lenient = "cp1252" if codec in (None, "ascii") or not charset else codec
    return _whole_characters(octets.decode(lenient or "cp1252", "replace")), False


def _whole_characters(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()
    return text


def _codec_for(name: str) -> str | None:
    python_name = name.translate(_CLEAN_NAME)
    meant = _MEANT.get(python_name)
    if meant is None and python_name in _PYTHON_NAMES:
        meant = _canonical(python_name)
    return meant


@cache  # bounded by _PYTHON_NAMES
def _canonical(python_name: str) -> str | None:
    try:
        canonical = lookup(python_name).name.replace("-", "_")
    except LookupError:
        return None
    return None if canonical in _NOT_CHARSETS else _MEANT.get(canonical, canonical)
