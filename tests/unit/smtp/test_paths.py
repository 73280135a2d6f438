"""Addresses and parameters of MAIL and RCPT."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.adapters.smtp_parameters import MailParameters, mail_parameters, rcpt_parameters
from workers.adapters.smtp_paths import Path, parse_path
from workers.adapters.smtp_replies import BAD_SYNTAX, UNKNOWN_PARAMETER, Refused


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        ("FROM:<jan@acme.test>", Path("jan@acme.test", "")),
        ("from: <jan@acme.test> SIZE=1", Path("jan@acme.test", "SIZE=1")),
        ("FROM:jan@acme.test SIZE=1", Path("jan@acme.test", "SIZE=1")),
        ("FROM:<>", Path("", "")),
        ("FROM:<> BODY=8BITMIME", Path("", "BODY=8BITMIME")),
        ("FROM:<@relay.test,@other.test:jan@acme.test>", Path("jan@acme.test", "")),
        ('FROM:<"jan novak"@acme.test>', Path('"jan novak"@acme.test', "")),
        ('FROM:<"jan"@acme.test>', Path("jan@acme.test", "")),
        ('FROM:<"a>b@c"@acme.test> SIZE=2', Path('"a>b@c"@acme.test', "SIZE=2")),
        ("FROM:<jan@[192.0.2.1]>", Path("jan@[192.0.2.1]", "")),
        ("FROM:<jan@[IPv6:2001:db8::1]>", Path("jan@[IPv6:2001:db8::1]", "")),
        ("FROM:<žluťoučký@kůň.test>", Path("žluťoučký@kůň.test", "")),
        ("FROM:<support+T-7Z9.abc@acme.test>", Path("support+T-7Z9.abc@acme.test", "")),
        ("FROM:<o'brien/x=y!z@acme.test>", Path("o'brien/x=y!z@acme.test", "")),
        ("FROM:<postmaster>", Path("postmaster", "")),
    ],
)
def test_paths_are_read(argument: str, expected: Path) -> None:
    """RFC 5321 §4.1.2, RFC 6531, and what old scripts send."""
    assert expected == parse_path(argument, "FROM:")


@pytest.mark.parametrize(
    "argument",
    [
        "",
        "TO:<jan@acme.test>",
        "<jan@acme.test>",
        "FROM:",
        "FROM:<jan@acme.test",
        "FROM:<jan@>",
        "FROM:<@acme.test>",
        "FROM:<jan@acme.test>SIZE=1",
        "FROM:<jan@acme.test>>",
        "FROM:<jan novak@acme.test>",
        "FROM:<a@b@c>",
        "FROM:<jan\0@acme.test>",
        "FROM:<jan\u202e@acme.test>",
        'FROM:<"jan@acme.test>',
        "FROM:<jan@[]>",
        f"FROM:<{'a' * 257}@acme.test>",
        f"FROM:<jan@{'a' * 256}>",
        "FROM:Jan <jan@acme.test>",
    ],
)
def test_what_is_no_path_is_refused(argument: str) -> None:
    """Rather than guessed."""
    assert parse_path(argument, "FROM:") is None


@given(st.text(max_size=60))
def test_no_text_breaks_the_reader(text: str) -> None:
    """It answers with a printable address or not at all."""
    path = parse_path("TO:" + text, "TO:")
    assert path is None or path.address.isprintable()


def test_parameters_of_mail_are_read_in_any_case_and_order() -> None:
    """SIZE, BODY, SMTPUTF8, RET and ENVID."""
    expected = MailParameters(size=123, smtp_utf8=True, ret="HDRS", envid="QQ314159+2B1")
    assert expected == mail_parameters("envid=QQ314159+2B1 body=8bitmime Ret=hdrs SMTPUTF8 Size=123")


def test_parameters_of_rcpt_are_carried_as_given() -> None:
    """NOTIFY and ORCPT."""
    assert "ORCPT=rfc822;jan+2B@x NOTIFY=SUCCESS,DELAY" == rcpt_parameters(
        "notify=SUCCESS,DELAY ORCPT=rfc822;jan+2B@x"
    )


@pytest.mark.parametrize(
    "text",
    ["SIZE=x", "SIZE=", "SIZE=1 SIZE=2", "BODY=BINARYMIME", "SMTPUTF8=1", "RET=SOME", "ENVID=a=b", "SIZE=²"],
)
def test_malformed_parameters_of_mail_are_refused(text: str) -> None:
    """501 5.5.4."""
    with pytest.raises(Refused) as refused:
        mail_parameters(text)
    assert BAD_SYNTAX == refused.value.reply


@pytest.mark.parametrize(
    "text", ["NOTIFY=NEVER,SUCCESS", "NOTIFY=", "NOTIFY=LATER", "ORCPT=rfc822", "ORCPT=;x"]
)
def test_malformed_parameters_of_rcpt_are_refused(text: str) -> None:
    """501 5.5.4."""
    with pytest.raises(Refused) as refused:
        rcpt_parameters(text)
    assert BAD_SYNTAX == refused.value.reply


@pytest.mark.parametrize("text", ["AUTH=<>", "X=1", "NOTIFY=NEVER"])
def test_parameters_that_we_did_not_offer_are_refused(text: str) -> None:
    """555, RFC 5321 §4.1.1.11."""
    with pytest.raises(Refused) as refused:
        mail_parameters(text)
    assert UNKNOWN_PARAMETER == refused.value.reply
