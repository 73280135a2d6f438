"""DNS against a server on loopback: what is remembered, refused, and given up."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from workers.adapters.dns_lookups import CachedDns, DnsTrouble, Values

RECORDS = {
    ("acme.test.", "TXT"): ['"v=spf1 " "-all"', '"other"'],
    ("acme.test.", "MX"): ["10 mx.acme.test."],
    ("mx.acme.test.", "A"): ["192.0.2.7"],
    ("mx.acme.test.", "AAAA"): ["2001:db8::7"],
    ("7.2.0.192.in-addr.arpa.", "PTR"): ["mx.acme.test."],
}


class _Server(asyncio.DatagramProtocol):
    """Answers from `RECORDS`; names below `silent.` get no answer, those below `broken.` a SERVFAIL."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        query = dns.message.from_wire(data)
        question = query.question[0]
        name, kind = question.name.to_text(), dns.rdatatype.to_text(question.rdtype)
        self.asked.append(f"{name} {kind}")
        if name.endswith("silent."):
            return
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.RA
        values = RECORDS.get((name, kind))
        if values:
            answer.answer.append(dns.rrset.from_text(name, 60, "IN", kind, *values))
        elif name.endswith("broken."):
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif name != ".":
            answer.set_rcode(dns.rcode.NXDOMAIN)
        self.transport.sendto(answer.to_wire(), addr)


@asynccontextmanager
async def a_server() -> AsyncIterator[tuple[_Server, int]]:
    transport, server = await asyncio.get_running_loop().create_datagram_endpoint(
        _Server, local_addr=("127.0.0.1", 0)
    )
    try:
        yield server, transport.get_extra_info("sockname")[1]
    finally:
        transport.close()


async def asked(lookups: CachedDns, name: str, kind: str, seconds: float = 5.0) -> Values:
    return await asyncio.to_thread(lookups.lookup, name, kind, seconds)


async def test_each_kind_is_a_plain_value() -> None:
    """Strings of one TXT record are one value."""
    async with a_server() as (_, port):
        lookups = CachedDns(["127.0.0.1"], port=port)
        assert {b"v=spf1 -all", b"other"} == set(await asked(lookups, "acme.test", "TXT"))
        assert ((10, "mx.acme.test"),) == await asked(lookups, "acme.test", "MX")
        assert ("192.0.2.7",) == await asked(lookups, "mx.acme.test", "A")
        assert ("2001:db8::7",) == await asked(lookups, "mx.acme.test", "AAAA")
        assert ("mx.acme.test",) == await asked(lookups, "7.2.0.192.in-addr.arpa", "PTR")


async def test_what_was_asked_is_remembered_for_its_time() -> None:
    """Also that there is nothing."""
    now = 0.0
    async with a_server() as (server, port):
        lookups = CachedDns(["127.0.0.1"], port=port, clock=lambda: now)
        for _ in range(3):
            await asked(lookups, "ACME.test", "MX")
            assert () == await asked(lookups, "nobody.test", "TXT")
        assert ["acme.test. MX", "nobody.test. TXT"] == server.asked
        now = 61.0
        await asked(lookups, "acme.test", "MX")
        assert 3 == len(server.asked)


async def test_no_usable_answer_is_trouble() -> None:
    """Not the same as nothing: the level becomes `unknown`."""
    async with a_server() as (_, port):
        lookups = CachedDns(["127.0.0.1"], port=port)
        for name in ("x.broken", "x.silent", "a" * 70 + ".test", "x..test"):
            with pytest.raises(DnsTrouble):
                await asked(lookups, name, "TXT", 0.3)


async def test_names_that_are_slow_do_not_end_the_look_ups() -> None:
    """The resolver still knows the root: whoever sends from slow names troubles nobody else."""
    async with a_server() as (_, port):
        lookups = CachedDns(["127.0.0.1"], port=port)
        for number in range(7):
            with pytest.raises(DnsTrouble):
                await asked(lookups, f"{number}.silent", "TXT", 0.1)
        assert ("192.0.2.7",) == await asked(lookups, "mx.acme.test", "A")


async def test_a_resolver_that_is_away_is_given_up_for_a_while() -> None:
    """Five mails wait, the others do not; half a minute later it is tried again."""
    now, failures = 0.0, list[str]()
    async with a_server() as (_, port):
        pass
    lookups = CachedDns(["127.0.0.1"], port=port, clock=lambda: now, failed=failures.append)
    for number in range(5):
        with pytest.raises(DnsTrouble):
            await asked(lookups, f"{number}.test", "TXT", 0.1)
    began = time.perf_counter()
    for number in range(100):
        with pytest.raises(DnsTrouble, match="away"):
            await asked(lookups, f"{number}.test", "TXT")
    assert time.perf_counter() - began < 2
    assert ["timeout"] * 5 + ["away"] * 100 == failures
    now = 31.0
    with pytest.raises(DnsTrouble, match="in time"):
        await asked(lookups, "1.test", "TXT", 0.1)
