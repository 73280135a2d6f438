"""The first address of a header, as mail readers show it."""

import pytest

from workers.routing.address_headers import address_key, first_address

TABLE = [
    ("jan@acme.test", "jan@acme.test"),
    ("Jan <jan@acme.test>", "jan@acme.test"),
    ('"Novak, Jan" <jan@acme.test>', "jan@acme.test"),
    ("boss@acme.test <mallory@evil.test>", "mallory@evil.test"),
    ('"boss@acme.test" <mallory@evil.test>', "mallory@evil.test"),
    ("(boss@acme.test) mallory@evil.test", "mallory@evil.test"),
    ("mallory@evil.test (boss@acme.test)", "mallory@evil.test"),
    ("(a (nested) comment) jan@acme.test", "jan@acme.test"),
    ("jan@acme.test, eva@acme.test", "jan@acme.test"),
    (", <>, jan@acme.test", "jan@acme.test"),
    ("Friends: jan@acme.test, eva@acme.test;", "jan@acme.test"),
    ("undisclosed-recipients:;", ""),
    ("<@relay.test:jan@acme.test>", "jan@acme.test"),
    ('"jan novak"@acme.test', '"jan novak"@acme.test'),
    ('"a\\"b" <jan@acme.test>', "jan@acme.test"),
    ("Jan <jan@acme.test", "jan@acme.test"),
    ("<jan@acme.test> <eva@acme.test>", "jan@acme.test"),
    ("Jan", ""),
    ("", ""),
]


@pytest.mark.parametrize(("header", "expected"), TABLE)
def test_the_first_address(header: str, expected: str) -> None:
    """Names, comments and quotes do not pass for addresses."""
    assert expected == first_address(header)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("Jan@ACME.Test", "jan@acme.test"),
        ("jan@b\u00fccher.test", "jan@xn--bcher-kva.test"),
        ("jan@acme.test.", "jan@acme.test"),
        ("jan", ""),
        ("@acme.test", ""),
        ("jan@", ""),
        ("x" * 400 + "@acme.test", ""),
        ("jan@" + "\u00fc" * 300 + ".test", ""),
    ],
)
def test_keys(address: str, expected: str) -> None:
    """One form for what is one address; nothing for what is none."""
    assert expected == address_key(address)
