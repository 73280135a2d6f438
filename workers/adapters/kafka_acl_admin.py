"""Grants given at the cluster itself.

aiokafka's admin client has the messages of the protocol and no method for them; so they are sent by hand, to the
release that is pinned.
"""

from collections.abc import Iterator, Sequence
from types import MappingProxyType

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import for_code
from aiokafka.protocol.admin import CreateAclsRequest

from workers.adapters.kafka_acls import Grant
from workers.adapters.kafka_admission import start_client
from workers.adapters.kafka_connection import KafkaConnection, kafka_failures, stopped
from workers.errors import WrongConfiguration

# Numbers of the protocol (org.apache.kafka.common.acl and .resource).
_RESOURCES = MappingProxyType({"topic": 2, "group": 3, "cluster": 4, "transactional-id": 5})
_OPERATIONS = MappingProxyType(
    {
        "Read": 3,
        "Write": 4,
        "Create": 5,
        "Alter": 7,
        "Describe": 8,
        "DescribeConfigs": 10,
        "AlterConfigs": 11,
        "IdempotentWrite": 12,
    }
)
_LITERAL, _PREFIXED = 3, 4
_ALLOW = 3
_NO_AUTHORIZER = 54  # SECURITY_DISABLED


async def add_grants(connection: KafkaConnection, user: str, grants: Sequence[Grant]) -> int:
    """Give what is not given yet, and take nothing away; returns the number of entries. Twice is as once.

    Raises `NotAdmitted` where this user may not change ACLs, `WrongConfiguration` where the cluster has none.
    """
    client = AIOKafkaAdminClient(**connection.client_options())
    try:
        await start_client(connection, client.start(), "connecting")
        entries = [request for grant in grants for request in _requests(user, grant)]
        with kafka_failures(connection, "giving rights"):
            for entry in entries:
                _check((await client._send_request(entry)).creation_responses[0])
        return len(entries)
    finally:
        await stopped(client.close())


def _requests(user: str, grant: Grant) -> Iterator[CreateAclsRequest]:
    pattern = _PREFIXED if grant.prefixed else _LITERAL
    for operation in grant.operations:
        yield CreateAclsRequest(
            _RESOURCES[grant.resource],
            grant.name,
            pattern,
            f"User:{user}",
            "*",
            _OPERATIONS[operation],
            _ALLOW,
        )


def _check(answer: tuple[int, str | None]) -> None:
    code, message = answer[:2]
    if code == _NO_AUTHORIZER:
        raise WrongConfiguration(
            "Kafka has no authorizer, so everybody may do everything: set `authorizer.class.name` of the brokers "
            "(org.apache.kafka.metadata.authorizer.StandardAuthorizer) before giving rights."
        )
    if code:
        raise for_code(code)(message or "")
