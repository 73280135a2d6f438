"""What the operators' pages show, over a real socket, and that nothing of a stranger runs in them."""

import re
from datetime import timedelta

import pytest

from tests.support.page_reading import PLACES, Tags, page
from tests.support.pages_world import NOW, TICKET, PagesWorld, a_ticket_state, an_operator

HOSTILE = "<script>alert('x')</script>\"><img src=x onerror=alert(1)>\u202e\x00'--{{7*7}}"


@pytest.mark.parametrize(
    "path", [*PLACES, "/sign-in", "/explain", "/dead-letters/0-0", "/tickets/T-NOTHERE00000"]
)
async def test_a_page_is_made_for_everybody(path: str) -> None:
    """One heading, a language, a title, a way past the navigation; captions and headers with a scope in tables."""
    world = await PagesWorld().publish()
    await world.set_aside()
    world.check(5, 7)
    async with an_operator(world) as client:
        _, text = await page(client, path)
    tags = Tags(text)
    assert [1, 1, 1, 1] == [tags.found.count(tag) for tag in ("h1", "main", "html", "title")]
    assert '<html lang="en">' in text
    assert text.index('href="#main"') < text.index("<nav" if "<nav" in text else "<main")
    assert tags.found.count("caption") == tags.found.count("table")
    assert not re.findall(r"<th(?![^>]*scope=)[ >]", text)
    labels, fields = (
        set(re.findall(r'for="([^"]+)"', text)),
        set(re.findall(r'<(?:input|select) id="([^"]+)"', text)),
    )
    assert fields == labels
    assert [] == tags.running
    assert "script" not in tags.found


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/tickets", "q"),
        ("/tickets", "flag"),
        ("/tickets", "after"),
        ("/explain", "id"),
        ("/dead-letters", "stage"),
        ("/sla", "handler"),
        ("/sign-in", "next"),
    ],
)
async def test_what_somebody_typed_comes_back_as_text(path: str, name: str) -> None:
    """Also where a link carries it for them to click on."""
    async with an_operator(await PagesWorld().publish()) as client:
        status, text = await page(client, path, **{name: HOSTILE})
    assert status in (200, 400, 404)
    tags = Tags(text)
    assert ([], 0) == (tags.running, tags.found.count("script"))
    assert "\u202e" not in text
    assert "49" not in re.findall(r'value="([^"]*)"', text)


async def test_what_a_mail_or_a_command_brought_into_a_record_comes_out_as_text() -> None:
    """Handler, flags, reasons, ids: none of them is trusted, and each is bounded."""
    world = await PagesWorld().publish()
    state = a_ticket_state(
        "T-HOSTILE00000",
        handler=HOSTILE,
        flags=(HOSTILE, "a" * 100_000),
        area=HOSTILE,
        sources={"handler": HOSTILE},
    )
    world.index.put("T-HOSTILE00000", state)
    await world.set_aside(HOSTILE, stage=HOSTILE)
    async with an_operator(world) as client:
        for path in (
            "/tickets",
            "/tickets/T-HOSTILE00000",
            "/dead-letters",
            "/dead-letters/0-0",
            "/sla?within=14d",
        ):
            status, text = await page(client, path)
            tags = Tags(text)
            assert (200, [], 0) == (status, tags.running, tags.found.count("script")), path
            assert "&lt;script&gt;" in text
            assert "[U+202E][U+0000]" in text
            assert len(text) < 60_000


async def test_a_ticket_is_found_by_its_customer_its_fields_and_its_id() -> None:
    """An address is looked up as routing does it; it is never printed."""
    world = await PagesWorld().publish()
    world.index.put(
        "T-STRANGER0000",
        a_ticket_state("T-STRANGER0000", customer_key="address:x", mailbox="orders@acme.example"),
    )
    async with an_operator(world) as client:
        for words in ("jan@acme.test", "JAN@acme.test", "acme.test", "@acme.test", "c-acme", "p-jan"):
            status, text = await page(client, "/tickets", q=words)
            assert (200, True) == (status, TICKET in text), words
        assert "Understood as the address of p-jan" in (await page(client, "/tickets", q="jan@acme.test"))[1]
        assert TICKET not in (await page(client, "/tickets", q="nobody@unknown.test"))[1]
        assert 400 == (await page(client, "/tickets", q="a@b@@"))[0]
        _, text = await page(client, "/tickets", mailbox="orders@acme.example", status="open")
        assert ("T-STRANGER0000" in text, TICKET in text) == (True, False)
        for words, place in (
            (TICKET.lower(), f"/tickets/{TICKET}"),
            ("<a/b@c>", "/explain?id=%3Ca%2Fb%40c%3E"),
        ):
            async with client.get("/tickets", params={"q": words}, allow_redirects=False) as answer:
                assert (303, place) == (answer.status, answer.headers["Location"])


async def test_a_long_list_comes_in_pages_without_gaps_or_repetitions() -> None:
    """The last opened first, also where many were opened at the same moment."""
    world = PagesWorld()
    ids = [f"T-{number:012d}" for number in range(120)]
    for number, ticket_id in enumerate(ids):
        world.index.put(
            ticket_id, a_ticket_state(ticket_id, NOW - timedelta(minutes=number // 40), status="waiting")
        )
    async with an_operator(world) as client:
        place, seen = "/tickets?status=waiting", []
        while place:
            async with client.get(place) as answer:
                text = await answer.text()
            seen += re.findall(r'<th scope="row"><a class="id" href="/tickets/[^"]+">([^<]+)</a>', text)
            more = re.search(r'class="pager"><a href="([^"]+)"', text)
            place = more[1].replace("&amp;", "&") if more else ""
    assert ids == seen


async def test_pages_say_what_they_do_not_know() -> None:
    """An empty installation has empty tables with words in them, not blank ones."""
    async with an_operator(PagesWorld()) as client:
        assert "not checked yet" in (await page(client, "/"))[1]
        assert "Nothing is said about losses yet" in (await page(client, "/reconcile"))[1]
        assert "There are no tickets yet" in (await page(client, "/tickets"))[1]
        assert "Nothing is due within 4 hours" in (await page(client, "/sla"))[1]
        assert "Nothing was set aside in this time" in (await page(client, "/dead-letters"))[1]
        status, text = await page(client, "/explain", id="f" * 32)
        assert (404, True) == (status, "Nothing is known of this delivery" in text)
        assert 404 == (await page(client, f"/tickets/{TICKET}"))[0]
        assert 404 == (await page(client, "/dead-letters/0-0"))[0]


async def test_losses_stuck_partitions_and_old_figures_are_not_overlooked() -> None:
    """In words and in a colour; the offsets that are wrong are named."""
    world = await PagesWorld().publish()
    world.check(10, 20, missing=[3, 4], doubled=[7])
    world.answer_dependencies(redis="Redis does not answer")
    async with an_operator(world) as client:
        _, text = await page(client, "/reconcile")
        assert "does not hold" in text
        assert "3, 4" in text
        assert "reconcile --repair" in text
        _, flow = await page(client, "/")
        assert '<td class="n bad">2</td>' in flow
        assert "Redis does not answer" in flow
        world.now += timedelta(minutes=5)
        assert "These figures are 5 min 2 s old" in (await page(client, "/"))[1]


async def test_while_a_dependency_is_away_a_page_says_so() -> None:
    """503 with words and Retry-After, never a traceback; the flow page itself always answers."""
    world = await PagesWorld().publish()
    world.index.down = True
    async with an_operator(world) as client:
        async with client.get("/tickets") as answer:
            text = await answer.text()
            assert (503, "5") == (answer.status, answer.headers["Retry-After"])
        assert "Kafka at broker:9092 did not answer" in text
        assert "Traceback" not in text
        assert 200 == (await page(client, "/"))[0]
        world.index.down = False
        world.store.flush()
        assert 503 == (await page(client, "/tickets", q="jan@acme.test"))[0]


async def test_the_explanation_says_what_the_command_says_and_no_word_of_the_mail() -> None:
    """P5, P7: ids and reasons; not the subject, the text or the sender's address."""
    async with an_operator(await PagesWorld().publish()) as client:
        _, text = await page(client, f"/explain/{TICKET}")
        _, ticket = await page(client, f"/tickets/{TICKET}")
    for word in (
        "routed",
        "p-jan of c-acme, matched by address",
        "group:key-accounts",
        "mail.inbound-2@1041",
    ):
        assert word in text
    for word in ("jan@acme.test", "printer", "crash.log", "kp7zcg0jp29w4"):
        assert word not in text + ticket


@pytest.mark.parametrize(
    "query", ["q=" + "a" * 1_001, "days=1000", "within=4y", "skip=-1", "skip=99999", "skip=\u0661", "days=x"]
)
async def test_strange_questions_are_400(query: str) -> None:
    """With words; nothing is looked up."""
    path = {"q": "/tickets", "days": "/explain", "within": "/sla", "skip": "/sla"}[query.partition("=")[0]]
    async with an_operator(await PagesWorld().publish()) as client, client.get(f"{path}?{query}") as answer:
        assert 400 == answer.status
        assert "cannot be asked" in await answer.text()
