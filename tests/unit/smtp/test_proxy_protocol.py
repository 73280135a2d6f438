"""The PROXY protocol's header: read to its end and no further. Nothing else is taken for one."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.adapters.smtp_proxy_protocol import BadProxyHeader, client_of, octets_wanted

SIGNATURE = b"\r\n\r\n\x00\r\nQUIT\n"


def v2(family: int, payload: bytes, command: int = 0x21) -> bytes:
    """A header of the second version."""
    return SIGNATURE + struct.pack("!BBH", command, family, len(payload)) + payload


IPV4 = bytes((192, 0, 2, 7)) + bytes((10, 0, 0, 1)) + struct.pack("!HH", 4711, 25)
IPV6 = bytes.fromhex("20010db8" + "00" * 11 + "07") + bytes(16) + struct.pack("!HH", 4711, 25)
HEADERS = [
    (b"PROXY TCP4 192.0.2.7 10.0.0.1 4711 25\r\n", "192.0.2.7"),
    (b"PROXY TCP6 2001:db8::7 ::1 4711 25\r\n", "2001:db8::7"),
    (b"PROXY UNKNOWN\r\n", None),
    (b"PROXY UNKNOWN ffff:f::ffff ffff:f::ffff 65535 65535\r\n", None),
    (v2(0x11, IPV4), "192.0.2.7"),
    (v2(0x11, IPV4 + b"\x04\x00\x02ab"), "192.0.2.7"),
    (v2(0x21, IPV6), "2001:db8::7"),
    (v2(0x00, b"", 0x20), None),
    (v2(0x11, IPV4, 0x20), None),
    (v2(0x31, bytes(216)), None),
]


@pytest.mark.parametrize(("header", "client"), HEADERS)
def test_a_header_is_read_to_its_end(header: bytes, client: str | None) -> None:
    """However it is cut, and whatever comes behind it."""
    got = 0
    while (wanted := octets_wanted(header[:got])) != got:
        assert got < wanted <= len(header)
        got = wanted
    assert len(header) == got
    assert client == client_of(header)


@pytest.mark.parametrize(
    "header",
    [
        b"EHLO client.example\r\n",
        b"PROXY TCP4 192.0.2.7\r\n",
        b"PROXY TCP4 2001:db8::7 ::1 4711 25\r\n",
        b"PROXY TCP4 192.0.2.7 10.0.0.1 4711 25\n",
        b"PROXY TCP4 192.0.2.7 10.0.0.1 4711 25 more\r\n",
        b"PROXY " + b"x" * 200,
        v2(0x11, IPV4, 0x11),
        v2(0x11, IPV4, 0x22),
        v2(0x11, IPV4[:8]),
        v2(0x21, IPV4),
        SIGNATURE + b"\x21\x11\xff\xff",
    ],
)
def test_what_is_no_header(header: bytes) -> None:
    """Never a guess: the connection is closed."""
    with pytest.raises(BadProxyHeader):
        _read(header)


@given(st.one_of(st.binary(max_size=300), st.binary(max_size=60).map(lambda tail: SIGNATURE + tail)))
def test_nothing_else_is_ever_raised(data: bytes) -> None:
    """Whatever comes."""
    try:
        _read(data)
    except BadProxyHeader:
        return


def _read(data: bytes) -> str | None:
    got = 0
    while (wanted := octets_wanted(data[:got])) != got:
        if wanted > len(data):
            return None
        got = wanted
    return client_of(data[:got])
