"""Which pages there are."""

from __future__ import annotations

from workers.adapters.page_answers import PageRoute
from workers.entrypoints.page_flow import FlowPages
from workers.entrypoints.page_history import HistoryPages
from workers.entrypoints.page_sla import SlaPages
from workers.entrypoints.page_tickets import TicketPages


def page_routes(
    flow: FlowPages, tickets: TicketPages, sla: SlaPages, history: HistoryPages
) -> list[PageRoute]:
    """Those that read topics are expensive; a Message-ID may hold slashes, so it comes as `/explain?id=`."""
    return [
        PageRoute("/", "flow", flow.flow),
        PageRoute("/tickets", "tickets", tickets.search),
        PageRoute("/tickets/{id}", "tickets", tickets.show),
        PageRoute("/sla", "sla", sla.due),
        PageRoute("/explain", "explain", history.explain, expensive=True),
        PageRoute("/explain/{id}", "explain", history.explain, expensive=True),
        PageRoute("/dead-letters", "dead-letters", history.dead_letters, expensive=True),
        PageRoute("/dead-letters/{id}", "dead-letters", history.dead_letter, expensive=True),
        PageRoute("/reconcile", "reconcile", flow.reconcile),
    ]
