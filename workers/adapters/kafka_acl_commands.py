"""Grants as commands of Kafka's own tool, `kafka-acls.sh`. Pure."""

import shlex
from collections.abc import Sequence

from workers.adapters.kafka_acls import CLUSTER, Grant


def acl_command(user: str, grant: Grant) -> str:
    """One line that may be run again: what is there already stays."""
    where = ["--cluster"] if grant.name == CLUSTER else [f"--{grant.resource}", grant.name]
    operations = [word for operation in grant.operations for word in ("--operation", operation)]
    pattern = ["--resource-pattern-type", "prefixed"] if grant.prefixed else []
    words = ["--add", "--allow-principal", f"User:{user}", *operations, *where, *pattern]
    return 'kafka-acls.sh --bootstrap-server "$BOOTSTRAP" --command-config "$ADMIN" --force ' + shlex.join(
        words
    )


def acl_commands(user: str, grants: Sequence[Grant]) -> list[str]:
    return [acl_command(user, grant) for grant in grants]
