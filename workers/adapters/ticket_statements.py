"""The SQL of `ticket_tables`: conditions are put together, values are always bound."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from workers.page_ports import Customers, DueQuery, TicketQuery

TABLES = """
    CREATE TABLE tickets (
        id TEXT PRIMARY KEY, opened_ms INT, mailbox TEXT, process TEXT, area TEXT, handler TEXT, user_group TEXT,
        status TEXT, flags TEXT, contact TEXT, company TEXT, customer_key TEXT, respond_ms INT, resolve_ms INT,
        state BLOB
    );
    CREATE INDEX by_opened ON tickets (opened_ms DESC, id);
    CREATE INDEX by_handler ON tickets (handler, opened_ms DESC, id);
    CREATE INDEX by_contact ON tickets (contact) WHERE contact IS NOT NULL;
    CREATE INDEX by_company ON tickets (company) WHERE company IS NOT NULL;
    CREATE INDEX by_customer ON tickets (customer_key);
    CREATE INDEX by_respond ON tickets (respond_ms) WHERE respond_ms IS NOT NULL;
    CREATE INDEX by_resolve ON tickets (resolve_ms) WHERE resolve_ms IS NOT NULL;
    CREATE TABLE revisions (
        ticket TEXT, revision INT, at_ms INT, status TEXT, kind TEXT, cause TEXT, changed TEXT,
        PRIMARY KEY (ticket, revision)
    ) WITHOUT ROWID;
"""

Statement = tuple[str, list[object]]


def search_statement(query: TicketQuery, after: str | None) -> Statement:
    """One row a ticket: its state. The last value to bind is the limit."""
    wanted = {
        name: getattr(query, name)
        for name in ("mailbox", "handler", "user_group", "area", "process", "status")
        if getattr(query, name) is not None
    }
    conditions, values = [f"{name} = ?" for name in wanted], list(wanted.values())
    if query.flag is not None:
        conditions.append("instr(flags, ' ' || ?) > 0")
        values.append(query.flag)
    if query.customers is not None:
        condition, ids = _of_customers(query.customers)
        conditions.append(condition)
        values += ids
    if after is not None:
        conditions.append(
            "(opened_ms < (SELECT opened_ms FROM tickets WHERE id = ?)"
            " OR (opened_ms = (SELECT opened_ms FROM tickets WHERE id = ?) AND id > ?))"
        )
        values += [after] * 3
    return f"SELECT state FROM tickets{_where(conditions)} ORDER BY opened_ms DESC, id LIMIT ?", values  # noqa: S608


def due_statement(query: DueQuery) -> Statement:
    """Rows: due time in ms, clock, the ticket's state. The last values to bind are limit and offset."""
    wanted = {
        name: getattr(query, name)
        for name in ("handler", "user_group", "process")
        if getattr(query, name) is not None
    }
    parts: list[str] = []
    values: list[object] = []
    for clock in ("respond", "resolve"):
        conditions = [f"{clock}_ms <= ?", *(f"{name} = ?" for name in wanted)]
        values += [_ms(query.until), *wanted.values()]
        columns = f"SELECT {clock}_ms AS due, '{clock}' AS clock, id FROM tickets"  # noqa: S608
        parts.append(columns + _where(conditions))
    both = " UNION ALL ".join(parts)
    page = f"SELECT * FROM ({both}) ORDER BY due, id, clock LIMIT ? OFFSET ?"  # noqa: S608
    return f"SELECT due, clock, state FROM ({page}) JOIN tickets USING (id) ORDER BY due, id, clock", values  # noqa: S608


def _of_customers(customers: Customers) -> Statement:
    columns = (
        ("contact", customers.contacts),
        ("company", customers.companies),
        ("customer_key", customers.keys),
    )
    conditions = [f"{name} IN ({_marks(ids)})" for name, ids in columns if ids]
    return f"({' OR '.join(conditions) or '0'})", [id_ for _, ids in columns for id_ in ids]


def _where(conditions: Sequence[str]) -> str:
    return f" WHERE {' AND '.join(conditions)}" if conditions else ""


def _marks(values: Sequence[str]) -> str:
    return ",".join("?" * len(values))


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)
