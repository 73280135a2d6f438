"""What the server answers, one conversation each. `S:` is how a reply begins; `\\r`, `\\n`, `\\0` are those octets."""

import pytest

from tests.support.smtp_dialogue import front_door
from workers.adapters.smtp_limits import SmtpLimits

DIALOGUES = {
    "a mail": """
        S: 220 mx.acme.example ESMTP
        C: EHLO client.example
        S: 250 ENHANCEDSTATUSCODES
        C: MAIL FROM:<jan@acme.test>
        S: 250 2.1.0
        C: RCPT TO:<support@acme.example>
        S: 250 2.1.5
        C: DATA
        S: 354
        C: Subject: hello
        C:
        C: ..
        C: .
        S: 250 2.0.0
        C: QUIT
        S: 221 2.0.0
        S: (closed)""",
    "an old client": """
        S: 220
        C: helo client.example
        S: 250 mx.acme.example
        C: mail from: jan@acme.test
        S: 250 2.1.0
        C: rcpt to: SUPPORT@acme.example
        S: 250 2.1.5
        C: data
        S: 354
        C: .
        S: 250 2.0.0""",
    "the null sender": """
        S: 220
        C: EHLO client.example
        S: 250
        C: MAIL FROM:<>
        S: 250 2.1.0
        C: MAIL FROM:<jan@acme.test>
        S: 503 5.5.1
        C: RCPT TO:<support@acme.example>
        S: 250 2.1.5
        C: DATA
        S: 354
        C: .
        S: 250 2.0.0""",
    "an unknown mailbox": """
        S: 220
        C: EHLO client.example
        S: 250
        C: MAIL FROM:<jan@acme.test>
        S: 250 2.1.0
        C: RCPT TO:<nobody@acme.example>
        S: 550 5.1.1
        C: RCPT TO:<support@[127.0.0.1]>
        S: 550 5.1.1
        C: DATA
        S: 554 5.5.1
        C: RCPT TO:<support@acme.example>
        S: 250 2.1.5""",
    "addresses of all kinds": """
        S: 220
        C: EHLO [192.0.2.1]
        S: 250
        C: MAIL FROM:<@relay.test:"jan novak"@acme.test>
        S: 250 2.1.0
        C: RCPT TO:<@mx.acme.example:Support+T-1.abc@ACME.example>
        S: 250 2.1.5
        C: RCPT TO:<"support"@acme.example>
        S: 250 2.1.5
        C: RCPT TO:<postmaster>
        S: 250 2.1.5
        C: RCPT TO:<>
        S: 501 5.1.3
        C: RCPT TO:<a b@acme.example>
        S: 501 5.1.3""",
    "what is not known": """
        S: 220
        C: XCLIENT
        S: 500 5.5.2
        C: AUTH PLAIN AGEAYg==
        S: 502 5.5.1
        C: BDAT 10 LAST
        S: 500 5.5.2
        C: EXPN staff
        S: 502 5.5.1
        C: VRFY support@acme.example
        S: 252 2.5.2
        C: VRFY
        S: 501 5.5.4
        C: HELP
        S: 214 2.0.0
        C: NOOP ignored
        S: 250 2.0.0
        C: STARTTLS
        S: 502 5.5.1
        C: QUIT now
        S: 501 5.5.4""",
    "the wrong order": """
        S: 220
        C: MAIL FROM:<jan@acme.test>
        S: 503 5.5.1
        C: EHLO client.example
        S: 250
        C: RCPT TO:<support@acme.example>
        S: 503 5.5.1
        C: DATA
        S: 503 5.5.1
        C: MAIL FROM:<jan@acme.test>
        S: 250 2.1.0
        C: RSET
        S: 250 2.0.0
        C: RCPT TO:<support@acme.example>
        S: 503 5.5.1""",
    "parameters": """
        S: 220
        C: EHLO client.example
        S: 250
        C: MAIL FROM:<jan@acme.test> SIZE=100 BODY=8BITMIME RET=HDRS ENVID=QQ314159
        S: 250 2.1.0
        C: RCPT TO:<support@acme.example> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;support@acme.example
        S: 250 2.1.5
        C: RSET
        S: 250
        C: MAIL FROM:<jan@acme.test> SIZE=99999999999
        S: 552 5.3.4
        C: MAIL FROM:<jan@acme.test> AUTH=<>
        S: 555 5.5.4
        C: MAIL FROM:<jan@acme.test> SIZE=many
        S: 501 5.5.4""",
    "internationalised addresses": """
        S: 220
        C: EHLO client.example
        S: 250
        C: MAIL FROM:<\\xc5\\xbelu\\xc5\\xa5@k\\xc5\\xaf\\xc5\\x88.test>
        S: 553 5.6.7
        C: MAIL FROM:<\\xc5\\xbelu\\xc5\\xa5@k\\xc5\\xaf\\xc5\\x88.test> SMTPUTF8
        S: 250 2.1.0
        C: RCPT TO:<support@acme.example>
        S: 250 2.1.5
        C: RCPT TO:<\\xff@acme.example>
        S: 501 5.5.4""",
    "line ends in commands": """
        S: 220
        c: NOOP\\n
        S: 500 5.5.2
        c: NOOP\\rNOOP\\r\\n
        S: 500 5.5.2
        c: EHLO a\\nMAIL FROM:<a@b>\\r\\n
        S: 500 5.5.2
        S: 503 5.5.1
        c: EHLO client\\0.example\\r\\n
        S: 250
        c: MAIL FROM:<jan\\0@acme.test>\\r\\n
        S: 501 5.1.7""",
    "too many errors": """
        S: 220
        C: GET / HTTP/1.1
        S: 500 5.5.2
        C: Host: mx.acme.example
        S: 500 5.5.2
        C: a
        S: 500
        C: b
        S: 500
        C: c
        S: 500
        C: d
        S: 500
        S: 421 4.7.0
        S: (closed)""",
}


@pytest.mark.parametrize("name", DIALOGUES)
async def test_the_server_answers_as_written(name: str) -> None:
    """Each dialogue from its greeting to its end."""
    async with front_door(SmtpLimits(bad_commands=5 if name == "too many errors" else 20)) as door:
        await door.talk(DIALOGUES[name])


async def test_pipelined_commands_are_answered_in_one_go_and_in_order() -> None:
    """RFC 2920: also the mail itself may follow its DATA in the same packet."""
    async with front_door() as door:
        client = await (await door.client()).greet()
        await client.send(
            b"MAIL FROM:<jan@acme.test>\r\nRCPT TO:<nobody@acme.example>\r\nRCPT TO:<support@acme.example>\r\n"
            b"DATA\r\nSubject: a\r\n\r\nb\r\n.\r\nMAIL FROM:<>\r\nRSET\r\nQUIT\r\n"
        )
        codes = [(await client.reply())[-1][:9] for _ in range(8)]
        await client.closed()
    assert ["250 2.1.0", "550 5.1.1", "250 2.1.5", "354 End d", "250 2.0.0"] == codes[:5]
    assert ["250 2.1.0", "250 2.0.0", "221 2.0.0"] == codes[5:]
    assert 1 == len(door.mails)


async def test_every_reply_has_an_enhanced_code_and_none_names_our_insides() -> None:
    """RFC 2034: all but the greetings and 354."""
    said = []
    async with front_door() as door:
        client = await door.client()
        said += await client.reply()
        for command in (
            "HELP",
            "VRFY x",
            "EXPN x",
            "FOO",
            "EHLO",
            "EHLO me",
            "MAIL",
            "RCPT",
            "DATA",
            "NOOP",
            "QUIT",
        ):
            await client.send(command.encode() + b"\r\n")
            reply = await client.reply()
            said += reply
            if command != "EHLO me":
                assert f"{reply[-1][0]}." == reply[-1].split()[1][:2]
    text = " ".join(said).lower()
    assert not [word for word in ("aiosmtpd", "python", "kafka", "stellwerk", "exception") if word in text]


async def test_the_greeting_offers_what_it_keeps() -> None:
    """Nothing of AUTH or CHUNKING."""
    async with front_door(SmtpLimits(message_bytes=1000)) as door:
        client = await door.client()
        await client.reply()
        await client.send(b"EHLO client.example\r\n")
        offers = {line[4:] for line in (await client.reply())[1:]}
    assert {"SIZE 1000", "8BITMIME", "SMTPUTF8", "PIPELINING", "ENHANCEDSTATUSCODES"} == offers


async def test_a_command_without_an_end_is_skipped_and_answered_once() -> None:
    """However long it is."""
    async with front_door() as door:
        client = await (await door.client()).greet()
        await client.send(b"NOOP " + b"x" * 1_000_000 + b"\r\nNOOP\r\n")
        assert (await client.reply())[0].startswith("500 5.5.2")
        assert (await client.reply())[0].startswith("250 2.0.0")
