"""Rights given, read and taken at the cluster itself.

aiokafka's admin client has the messages of the protocol and no method for them; so they are sent by hand, to the
release that is pinned.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import for_code
from aiokafka.protocol.admin import CreateAclsRequest, DeleteAclsRequest, DescribeAclsRequest

from workers.adapters.kafka_acl_entries import AclEntry, entries_of, entry_of
from workers.adapters.kafka_acls import Grant
from workers.adapters.kafka_admission import start_client
from workers.adapters.kafka_connection import KafkaConnection, kafka_failures, stopped
from workers.errors import WrongConfiguration

_ANY = 1
_ALLOW = 3
_NO_AUTHORIZER = 54  # SECURITY_DISABLED


async def add_grants(connection: KafkaConnection, user: str, grants: Sequence[Grant]) -> int:
    """Give what is not given yet, and take nothing away; returns the number of entries. Twice is as once.

    Raises `NotAdmitted` where this user may not change ACLs, `WrongConfiguration` where the cluster has none.
    """
    entries = list(entries_of(grants))
    async with _admin(connection, "giving rights") as client:
        for entry in entries:
            answer = await client._send_request(CreateAclsRequest(*_exactly(user, entry)))
            _check(*answer.creation_responses[0][:2])
    return len(entries)


async def rights_of(connection: KafkaConnection, user: str) -> list[AclEntry]:
    """All that the cluster allows this user by its own name; what it forbids, or allows everybody, is left out.

    Raises as `add_grants`.
    """
    everything = DescribeAclsRequest(_ANY, None, _ANY, f"User:{user}", None, _ANY, _ALLOW)
    async with _admin(connection, "reading rights") as client:
        answer = await client._send_request(everything)
        _check(answer.error_code, answer.error_message)
    return [
        entry_of(resource, name, pattern, host, operation)
        for resource, name, pattern, acls in answer.resources
        for _, host, operation, _ in acls
    ]


async def take_rights(connection: KafkaConnection, user: str, entries: Iterable[AclEntry]) -> None:
    """Take exactly these from this user; what is gone already is no error. Raises as `add_grants`."""
    async with _admin(connection, "taking rights") as client:
        for entry in entries:
            answer = await client._send_request(DeleteAclsRequest(*_exactly(user, entry)))
            _check(*answer.filter_responses[0][:2])


@asynccontextmanager
async def _admin(connection: KafkaConnection, doing: str) -> AsyncIterator[AIOKafkaAdminClient]:
    client = AIOKafkaAdminClient(**connection.client_options())
    try:
        await start_client(connection, client.start(), "connecting")
        with kafka_failures(connection, doing):
            yield client
    finally:
        await stopped(client.close())


def _exactly(user: str, entry: AclEntry) -> tuple[int, str, int, str, str, int, int]:
    """As creation and as filter: no field of it stands for more than itself."""
    resource, name, pattern, host, operation = entry.numbers
    return resource, name, pattern, f"User:{user}", host, operation, _ALLOW


def _check(code: int, message: str | None) -> None:
    if code == _NO_AUTHORIZER:
        raise WrongConfiguration(
            "Kafka has no authorizer, so everybody may do everything: set `authorizer.class.name` of the brokers "
            "(org.apache.kafka.metadata.authorizer.StandardAuthorizer) before giving rights."
        )
    if code:
        raise for_code(code)(message or "")
