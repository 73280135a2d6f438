"""The operators' pages of a running installation, in a real headless Chromium."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage

import pytest
from aiokafka import AIOKafkaProducer
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.e2e.running.conftest import TOKEN
from tests.e2e.running_up import RunningUp, a_mail, reading
from tests.support.chromium import WHAT_TO_INSTALL, chromium, installed_chromium, size_of
from tests.support.chromium_fetch import fetched_chromium
from tests.support.eventually import eventually
from tests.support.pages_tour import Operator

pytestmark = pytest.mark.slow

XSS = "<script>document.title='taken over'</script><img src=x onerror=\"document.title='taken over'\">"
PLACES = ("/", "/tickets", "/sla?within=14d", "/explain", "/dead-letters", "/reconcile")


@pytest.fixture
def operator(visitor: Operator) -> Operator:
    """Signed in."""
    visitor.browser.delete_all_cookies()
    visitor.sign_in(TOKEN)
    return visitor


@pytest.fixture(scope="module")
def visitor(up: RunningUp) -> Iterator[Operator]:
    """One browser for all tests; not signed in yet."""
    programs = installed_chromium() or fetched_chromium()
    if programs is None:
        pytest.skip(WHAT_TO_INSTALL)
    with chromium(programs) as browser:
        yield Operator(browser, f"http://{up.addresses['http']}")


@dataclass(frozen=True)
class Mailed:
    mail: EmailMessage
    ticket: str
    delivery: str


@pytest.fixture(scope="module")
def mailed(up: RunningUp) -> Mailed:
    """A mail of a known customer whose words would like to run in a browser, routed; and an order set aside."""

    async def come_true() -> Mailed:
        mail = a_mail(subject=XSS, text=XSS)
        assert 250 == up.send(mail, "support@acme.example")[0]
        producer = AIOKafkaProducer(bootstrap_servers=up.addresses["kafka"])
        await producer.start()
        order = json.dumps({"order_id": XSS}).encode()
        await producer.send_and_wait(f"{up.prefix}orders.placed", order, key=XSS.encode())
        await producer.stop()
        async with reading(up, "mail.inbound", "routing.decisions") as topics:
            [accepted] = await topics.until("mail.inbound", message_id=mail["Message-ID"])
            [receipt] = await topics.until("routing.decisions", delivery_id=accepted.value["delivery_id"])
            return Mailed(mail, receipt.value["ticket_id"], receipt.value["delivery_id"])

    return asyncio.run(come_true())


async def test_an_operator_signs_in_finds_a_ticket_and_reads_why(operator: Operator, mailed: Mailed) -> None:
    """By the customer's address, though no address is shown; the subject, which is a script, is nowhere."""
    await asyncio.to_thread(_look_around, operator, mailed)


def _look_around(operator: Operator, mailed: Mailed) -> None:
    operator.browser.delete_all_cookies()
    operator.sign_in(TOKEN, "/tickets?status=open")
    assert operator.browser.current_url.endswith("/tickets?status=open")
    operator.search(q="jan@acme.test", status="open")
    assert mailed.ticket in operator.tickets
    operator.follow(mailed.ticket)
    assert "premium" in operator.words
    assert mailed.delivery in operator.words
    operator.follow(mailed.delivery)
    assert "matched by address" in operator.words
    assert "group:key-accounts" in operator.words
    assert "taken over" not in operator.browser.title
    assert "script" not in operator.browser.page_source
    assert [] == operator.complaints()


async def test_a_dead_letter_is_listed_and_nothing_of_it_runs(operator: Operator, mailed: Mailed) -> None:
    """The order that is no order: why it was set aside, not what it says."""

    def looked() -> bool:
        operator.open("/dead-letters")
        return "customer_id: missing" in operator.words

    await eventually(lambda: asyncio.to_thread(looked), within=60, every=0.5)
    await asyncio.to_thread(_open_letter, operator)


def _open_letter(operator: Operator) -> None:
    operator.click(By.XPATH, "//tbody/tr[contains(., 'customer_id: missing')]//a")
    assert "orders.placed" in operator.words
    assert "taken over" not in operator.browser.title
    assert [] == operator.complaints()


async def test_the_flow_and_conservation_show_the_mail_that_came(operator: Operator, mailed: Mailed) -> None:
    """The continuous check has seen it, and finds nothing lost."""

    def looked() -> bool:
        operator.open("/reconcile")
        return "holds" in operator.words

    await eventually(lambda: asyncio.to_thread(looked), within=60, every=0.5)
    await asyncio.to_thread(operator.open, "/")
    assert "mail.inbound" in operator.words
    assert "away" not in operator.words
    assert [] == operator.complaints()


@pytest.mark.parametrize("width", [360, 1280])
async def test_every_page_fits_and_is_used_without_a_mouse(
    operator: Operator, mailed: Mailed, width: int
) -> None:
    """The first key brings to the content past the navigation; what has the focus has an outline."""
    await asyncio.to_thread(
        _fits, operator, width, (*PLACES, f"/tickets/{mailed.ticket}", f"/explain/{mailed.ticket}")
    )


def _fits(operator: Operator, width: int, places: tuple[str, ...]) -> None:
    size_of(operator.browser, width, 800)
    for place in places:
        operator.open(place)
        assert not operator.is_too_wide, place
        operator.browser.switch_to.active_element.send_keys(Keys.TAB)
        focused = operator.browser.switch_to.active_element
        assert "Skip to the content" == focused.text
        assert "none" != focused.value_of_css_property("outline-style")
        assert [] == operator.complaints()


async def test_what_somebody_typed_stays_text_and_signing_out_closes_the_pages(
    operator: Operator, mailed: Mailed
) -> None:
    """The search shows it as it was typed; after signing out there is only the form."""
    await asyncio.to_thread(_type_and_leave, operator)


def _type_and_leave(operator: Operator) -> None:
    operator.open("/tickets")
    operator.search(q=XSS)
    assert XSS == operator.browser.find_element(By.ID, "q").get_attribute("value")
    assert "taken over" not in operator.browser.title
    assert [] == [said for said in operator.complaints() if "400 (Bad Request)" not in said]
    operator.click(By.CSS_SELECTOR, ".out button")
    operator.sign_in("wrong", "/tickets")
    assert "/sign-in" in operator.browser.current_url
    assert "That is not the token." in operator.words
