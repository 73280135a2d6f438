"""P1: every accepted delivery has exactly one first receipt, is in flight, or is lost and named."""

from workers.routing.conservation import Balance, Cut, Ledger, Missing


def _cut(
    inbound: int, committed: int, *, forwarded: int = 0, forwarded_end: int = 0, decisions_end: int = 0
) -> Cut:
    return Cut({0: committed}, {0: forwarded}, {0: inbound}, {0: decisions_end}, {0: forwarded_end})


def _judge(ledger: Ledger, cut: Cut) -> Balance:
    (balance,) = ledger.judge(cut)
    return balance


def test_a_committed_offset_without_a_receipt_is_a_lost_mail() -> None:
    """Given receipts of 0 and 2, when 3 are committed, then 1 is missing and nothing is in flight."""
    ledger = Ledger({0: 0})
    ledger.add_receipt(0, 0)
    ledger.add_receipt(0, 2)
    balance = _judge(ledger, _cut(inbound=3, committed=3))
    assert (Missing(1, None),) == balance.missing
    assert 0 == balance.in_flight
    assert 3 == balance.lowest_open


def test_what_is_not_committed_yet_is_in_flight() -> None:
    """Given nothing decided, when 3 were accepted, then all are in flight and none is lost."""
    balance = _judge(Ledger({0: 0}), _cut(inbound=3, committed=0))
    assert balance.holds
    assert 3 == balance.in_flight
    assert 0 == balance.lowest_open


def test_two_first_receipts_are_a_doubled_mail_named_once() -> None:
    """Given three receipts of one offset, then it is named once and counted twice too often."""
    ledger = Ledger({0: 0})
    for _ in range(3):
        ledger.add_receipt(0, 0)
    balance = _judge(ledger, _cut(inbound=1, committed=1))
    assert (0,) == balance.doubled
    assert 2 == balance.doubled_count


def test_a_redriven_delivery_is_not_doubled() -> None:
    """Receipts of later attempts supersede the first one and are not counted."""
    ledger = Ledger({0: 0})
    ledger.add_receipt(0, 0)
    ledger.add_receipt(0, 0, attempt=1)
    assert _judge(ledger, _cut(inbound=1, committed=1)).holds


def test_a_forwarded_delivery_is_in_flight_until_its_forward_is_committed() -> None:
    """Given a refused claim on its way in mail.forwarded-0 at 7, then 7 committed without a receipt is a loss."""
    ledger = Ledger({0: 0})
    ledger.add_forward((0, 7), source=(0, 0))
    on_its_way = _judge(ledger, _cut(inbound=1, committed=1, forwarded=7, forwarded_end=8))
    assert on_its_way.holds
    assert 1 == on_its_way.in_flight
    lost = _judge(ledger, _cut(inbound=1, committed=1, forwarded=8, forwarded_end=8))
    assert (Missing(0, (0, 7)),) == lost.missing


def test_a_lost_delivery_that_turns_up_after_all_is_no_longer_missing() -> None:
    """Given a delivery judged lost in mail.forwarded, when its receipt comes, then the ledger balances."""
    ledger = Ledger({0: 0})
    ledger.add_forward((0, 0), source=(0, 0))
    assert not _judge(ledger, _cut(inbound=1, committed=1, forwarded=1, forwarded_end=1)).holds
    ledger.add_receipt(0, 0)
    assert _judge(ledger, _cut(inbound=1, committed=1, forwarded=1, forwarded_end=1)).holds


def test_a_lost_delivery_that_is_taken_up_again_is_in_flight() -> None:
    """Given a loss, when a repair puts it on the way again, then a second repair finds nothing to do."""
    ledger = Ledger({0: 0})
    cut = _cut(inbound=1, committed=1, forwarded=0, forwarded_end=1)
    assert not _judge(ledger, cut).holds
    ledger.add_forward((0, 0), source=(0, 0))
    assert _judge(ledger, cut).holds


def test_nothing_below_the_floor_is_judged() -> None:
    """Given receipts kept from 5 on only, then older offsets are neither missing nor doubled."""
    ledger = Ledger({0: 5})
    for offset in (3, 3, 5):
        ledger.add_receipt(0, offset)
    balance = _judge(ledger, _cut(inbound=6, committed=6))
    assert balance.holds
    assert 1 == balance.accepted


def test_a_cut_is_unread_while_a_transaction_hangs() -> None:
    """Given a reader held at 750 below the high watermark 848, then the cut is not judged."""
    cut = Cut({}, {}, {}, {0: 848, 1: 3}, {0: 0})
    assert not cut.is_read({0: 750, 1: 3}, {})
    assert (0,) == Cut.unread(cut.decisions_end, {0: 750, 1: 3})
    assert cut.is_read({0: 848, 1: 3}, {})


def test_where_a_delivery_was_lost_is_never_the_order_to_repair_it() -> None:
    """Given a repair that was forwarded and lost again, then the forward is named, not the order."""
    ledger = Ledger({0: 0})
    ledger.add_forward((0, 1), source=(0, 0))
    ledger.add_forward((0, 0), source=(0, 0), is_order=True)
    lost = _judge(ledger, _cut(inbound=1, committed=1, forwarded=2, forwarded_end=2))
    assert (Missing(0, (0, 1)),) == lost.missing
