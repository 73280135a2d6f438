"""Whose ticket it is: the company, else the contact, else the sender's normalised address; never nobody."""

from collections.abc import Iterator
from hashlib import sha256

from schemas.mail import EnrichedMail
from schemas.ticket import Customer
from schemas.unchecked import unchecked

_customer = unchecked(Customer)


def customer_key(mail: EnrichedMail) -> str:
    """`company:ID`, `contact:ID` or `address:DIGEST`; `delivery:ID` where there is no address at all.

    An address is digested because the key is part of receipts, which carry no addresses (P5). A sender without
    any address is a customer of its own each time, so that it never joins somebody else's ticket.
    """
    return next(customer_keys(mail))


def is_of_customer(mail: EnrichedMail, ticket_customer_key: str) -> bool:
    """Whether the sender is of the customer who opened the ticket.

    True also where the directory has learned more of the sender since: an address that became a contact, a
    contact that became a company's. Other candidates of an ambiguous address are not asked: never merge rights.
    """
    return any(key == ticket_customer_key for key in customer_keys(mail))


def customer_keys(mail: EnrichedMail) -> Iterator[str]:
    """All keys under which the sender may have opened a ticket, the present one first."""
    sender = mail.sender
    if sender.company_id:
        yield f"company:{sender.company_id}"
    if sender.contact_id:
        yield f"contact:{sender.contact_id}"
    if sender.address:
        yield address_key(sender.address)
    if not (sender.company_id or sender.contact_id or sender.address):
        yield f"delivery:{mail.delivery_id}"


def customer_of(mail: EnrichedMail) -> Customer:
    """The ids that downstream systems may know; an unknown sender's address stays with us."""
    sender = mail.sender
    return _customer(
        contact_id=sender.contact_id,
        company_id=sender.company_id,
        known=sender.contact_id is not None,
    )


def address_key(address: str) -> str:
    """The key of a normalised address that no contact has."""
    digest = sha256(b"stellwerk customer\0" + address.encode("utf-8", "surrogatepass")).hexdigest()
    return f"address:{digest[:32]}"
