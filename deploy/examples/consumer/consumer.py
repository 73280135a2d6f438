#!/usr/bin/env python3
"""Who may see which mail: a downstream system in one file. Needs `confluent-kafka` and nothing of Stellwerk's code.

usage: consumer.py BROKERS PREFIX DATABASE RIGHTS [--once]

RIGHTS is what this system knows of its users: {user: {"address_books": [ids], "areas": [ids], "user_groups": [ids]}}.
With --once it reads to the end of the topics and prints for each message and user what they may know of it.
"""

import json
import os
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

from confluent_kafka import Consumer, KafkaError

KINDS = ("address_books", "areas", "user_groups")
TABLES = """
CREATE TABLE IF NOT EXISTS seen (ce_type TEXT, ce_id TEXT, PRIMARY KEY (ce_type, ce_id));
CREATE TABLE IF NOT EXISTS tickets (id TEXT PRIMARY KEY, revision INT, requires TEXT);
CREATE TABLE IF NOT EXISTS messages (id TEXT PRIMARY KEY, revision INT, ticket TEXT, requires TEXT, private_to TEXT)
"""
# A replay brings old events after new ones: only a later revision replaces what is there.
TICKET = """INSERT INTO tickets VALUES (:ticket_id, :revision, :requires) ON CONFLICT (id) DO UPDATE
SET revision = excluded.revision, requires = excluded.requires WHERE excluded.revision > revision"""
MESSAGE = """INSERT INTO messages VALUES (:delivery_id, :tag_revision, :ticket_id, :requires, :private_to)
ON CONFLICT (id) DO UPDATE SET revision = excluded.revision, ticket = excluded.ticket, requires = excluded.requires,
private_to = excluded.private_to WHERE excluded.revision > revision"""
STATEMENTS = {"stellwerk.tickets.routed.v1": TICKET, "stellwerk.messages.privacy-tagged.v1": MESSAGE}


def apply(database, record):
    """One event, once: its effect and the memory of it are one transaction. True where it was new."""
    headers = {name: value.decode() for name, value in record.headers() or ()}
    statement = STATEMENTS.get(headers.get("ce_type"))
    if (
        statement is None or record.value() is None
    ):  # a type of tomorrow; a tombstone long after a ticket's closing
        return False
    with database:
        marks = (headers["ce_type"], headers["ce_id"])
        new = database.execute("INSERT OR IGNORE INTO seen VALUES (?, ?)", marks).rowcount == 1
        if new:
            event = json.loads(record.value())  # fields that we don't know are fine: v1 only grows
            database.execute(statement, event | {"requires": json.dumps(event["requires"])})
    return new


def access(user, rights, ticket_requires, message_requires, private_to):
    """`content`, `existence` or `nothing`: the ticket's latest requirements AND the message's own, all of them."""
    required = {kind: {*ticket_requires[kind], *message_requires[kind]} for kind in KINDS}
    known = required["address_books"] and required["areas"]  # nothing required there means nobody
    if not known or any(required[kind] - set(rights.get(kind, ())) for kind in KINDS):
        return "nothing"
    return "content" if private_to in (None, user) else "existence"


def report(database, users):
    """A message whose ticket has not come yet is seen by nobody, for the join does not have it."""
    rows = "SELECT m.id, t.requires, m.requires, private_to FROM messages m JOIN tickets t ON t.id = m.ticket"
    for delivery, *requires, private_to in database.execute(rows):
        of_both = [json.loads(each) for each in requires]
        seen_by = {user: access(user, rights, *of_both, private_to) for user, rights in users.items()}
        print(json.dumps({"delivery_id": delivery, "access": seen_by}))


def consume(consumer, database, once):
    """Offsets are committed after the effects: what a crash leaves uncommitted comes again, and changes nothing."""
    new, at_end = 0, set()
    while not (once and consumer.assignment() and len(at_end) == len(consumer.assignment())):
        record = consumer.poll(1.0)
        if record is None:
            continue
        if record.error() and record.error().code() == KafkaError._PARTITION_EOF:
            at_end.add((record.topic(), record.partition()))
        elif record.error():
            print(record.error(), file=sys.stderr)
        else:
            new += apply(database, record)
            consumer.store_offsets(record)
    return new


def main(brokers, prefix, path, rights, *options):
    settings = {
        "bootstrap.servers": brokers,
        "group.id": f"{prefix}downstream-example",
        "isolation.level": "read_committed",  # what an aborted transaction wrote never happened
        "auto.offset.reset": "earliest",
        "enable.auto.offset.store": False,
        "enable.partition.eof": True,
        **json.loads(
            os.environ.get("KAFKA_SETTINGS", "{}")
        ),  # security.protocol, sasl.username, … of librdkafka
    }
    with closing(sqlite3.connect(path)) as database:
        database.executescript(TABLES)
        consumer = Consumer(settings)
        consumer.subscribe([f"{prefix}{topic}" for topic in ("tickets.routed", "messages.privacy-tagged")])
        try:
            new = consume(consumer, database, "--once" in options)
        finally:
            consumer.close()
        print(f"{new} new events", file=sys.stderr)
        report(database, json.loads(Path(rights).read_text()))


if __name__ == "__main__":
    main(*sys.argv[1:])
