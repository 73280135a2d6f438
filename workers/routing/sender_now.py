"""A recorded mail as if it came today: its sender looked up in a later directory."""

from collections.abc import Collection, Mapping

from schemas.mail import EnrichedMail
from workers.routing.sender import Authors, find_sender


def with_sender_of(
    mail: EnrichedMail, directory: Mapping[str, bytes], free_mail_domains: Collection[str]
) -> EnrichedMail:
    """The mail with contact, company, books and groups of its sender's address. Who the sender is stays.

    `directory`: fields of the directory view.
    """
    found = find_sender(
        Authors(from_=mail.sender.address),
        directory,
        behind_trusted_relay=False,
        free_mail_domains=free_mail_domains,
    )
    sender = found.sender.model_copy(update={"named_by": mail.sender.named_by})
    return mail.model_copy(update={"sender": sender, "groups": found.groups})
