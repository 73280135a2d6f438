"""Rights as the cluster keeps them: one entry for each operation. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from workers.adapters.kafka_acls import Grant

EVERYWHERE = "*"

# Numbers of the protocol (org.apache.kafka.common.resource.ResourceType and .acl.AclOperation).
_RESOURCES = MappingProxyType(
    {"topic": 2, "group": 3, "cluster": 4, "transactional-id": 5, "delegation-token": 6, "user": 7}
)
_OPERATIONS = MappingProxyType(
    {
        "All": 2,
        "Read": 3,
        "Write": 4,
        "Create": 5,
        "Delete": 6,
        "Alter": 7,
        "Describe": 8,
        "ClusterAction": 9,
        "DescribeConfigs": 10,
        "AlterConfigs": 11,
        "IdempotentWrite": 12,
        "CreateTokens": 13,
        "DescribeTokens": 14,
        "TwoPhaseCommit": 15,
    }
)
_LITERAL, _PREFIXED = 3, 4


@dataclass(frozen=True, slots=True, order=True)
class AclEntry:
    """One thing that a user may do. `prefixed`: on all names that begin so. `host`: from where; `*`: everywhere."""

    resource: str
    name: str
    operation: str
    prefixed: bool = False
    host: str = EVERYWHERE

    def __str__(self) -> str:
        """For people."""
        begin = " and all that begins so" if self.prefixed else ""
        origin = "" if self.host == EVERYWHERE else f", from {self.host}"
        return f"{self.operation} on {self.resource} {self.name}{begin}{origin}"

    @property
    def numbers(self) -> tuple[int, str, int, str, int]:
        """Resource, name, kind of pattern, host and operation, as the protocol has them."""
        pattern = _PREFIXED if self.prefixed else _LITERAL
        return (
            _number(self.resource, _RESOURCES),
            self.name,
            pattern,
            self.host,
            _number(self.operation, _OPERATIONS),
        )


def entry_of(resource: int, name: str, pattern: int, host: str, operation: int) -> AclEntry:
    """The reverse of `numbers`. A number that a newer cluster may have stays one."""
    return AclEntry(
        _word(resource, _RESOURCES), name, _word(operation, _OPERATIONS), pattern == _PREFIXED, host
    )


def entries_of(grants: Iterable[Grant]) -> Iterator[AclEntry]:
    for grant in grants:
        for operation in grant.operations:
            yield AclEntry(grant.resource, grant.name, operation, grant.prefixed)


def beyond(given: Iterable[AclEntry], wanted: Collection[AclEntry]) -> list[AclEntry]:
    """What is given and was never wanted, sorted."""
    return sorted(set(given).difference(wanted))


def _number(word: str, numbers: Mapping[str, int]) -> int:
    return numbers[word] if word in numbers else int(word)


def _word(number: int, numbers: Mapping[str, int]) -> str:
    return next((word for word, known in numbers.items() if known == number), str(number))
