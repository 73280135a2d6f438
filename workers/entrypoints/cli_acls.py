"""`stellwerk topics acls`: least rights for each service and each system outside."""

import sys
from dataclasses import asdict, dataclass, replace
from typing import Annotated, Any

import typer

from workers.adapters.kafka_acl_admin import add_grants, rights_of, take_rights
from workers.adapters.kafka_acl_commands import acl_commands
from workers.adapters.kafka_acl_entries import beyond, entries_of
from workers.adapters.kafka_acls import Grant, grants, principal_name
from workers.adapters.kafka_connection import KafkaConnection
from workers.adapters.kafka_roles import OUTSIDE, ROLES, Role, RoleName, role
from workers.adapters.redis_roles import REDIS_ROLES, redis_acl
from workers.adapters.strimzi_users import strimzi_user
from workers.entrypoints.configured import kafka_connection, settings
from workers.entrypoints.failures import run
from workers.entrypoints.output import JsonFlag, YesFlag, confirm, console, print_json
from workers.entrypoints.yaml_output import as_yaml
from workers.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class User:
    """`name` is the principal's, without `User:`."""

    name: str
    role: Role
    grants: tuple[Grant, ...]


def acls(
    role: Annotated[list[RoleName] | None, typer.Option(help="Only these; none: all.")] = None,
    user: Annotated[
        str | None, typer.Option(help="The user's name, and the beginning of its groups; with its --role.")
    ] = None,
    redis: Annotated[bool, typer.Option("--redis", help="`ACL SETUSER` lines of Redis instead.")] = False,
    strimzi: Annotated[
        str | None, typer.Option(metavar="CLUSTER", help="KafkaUser resources of Strimzi instead.")
    ] = None,
    apply: Annotated[bool, typer.Option("--apply", help="Give these rights at the cluster.")] = False,
    prune: Annotated[
        bool, typer.Option("--prune", help="Show what these users may do beyond them; with --apply take it.")
    ] = False,
    yes: YesFlag = False,
    json: JsonFlag = False,
) -> None:
    """What each service and each system outside needs at Kafka or Redis, and nothing else; from the topic table.

    Prints commands of `kafka-acls.sh`. Users and passwords are made elsewhere. Without --prune no right is taken from
    anybody, and with it only from the users named here: name a user's roles together.

    Examples:

      stellwerk topics acls --role smtp --role work

      stellwerk topics acls --role downstream --user crm --apply

      stellwerk topics acls --prune        (then with --apply)

      stellwerk topics acls --redis | valkey-cli --tls

      stellwerk topics acls --strimzi mail > users.yaml
    """
    if redis:
        _print_redis(role, json=json)
        return
    users = _users(role, user)
    if strimzi is not None:
        _print_strimzi(users, strimzi, json=json)
    elif apply or prune:
        _at_the_cluster(users, apply=apply, prune=prune, yes=yes, json=json)
    else:
        _print_kafka(users, json=json)


def _users(chosen: list[RoleName] | None, name: str | None) -> list[User]:
    prefix = settings().prefix
    found = [role(each) for each in chosen] if chosen else list(ROLES)
    if name is None:
        return [User(principal_name(each.name, prefix), each, grants(each, prefix)) for each in found]
    if not chosen:
        raise InvalidInput("--user names one user: give its --role with it.")
    named = [replace(each, joins=(f"{name}*",)) if each in OUTSIDE else each for each in found]
    return [User(name, each, grants(each, prefix)) for each in named]


def _print_kafka(users: list[User], *, json: bool) -> None:
    for each in users:
        if json:
            for grant in each.grants:
                print_json({"user": each.name, "role": each.role.name, **asdict(grant)})
        else:
            sys.stdout.write(f"# {each.name}: {each.role.what}\n")
            sys.stdout.writelines(f"{line}\n" for line in acl_commands(each.name, each.grants))


def _print_redis(chosen: list[RoleName] | None, *, json: bool) -> None:
    prefix = settings().prefix
    lines = {each.name: redis_acl(each, prefix) for each in REDIS_ROLES if not chosen or each.name in chosen}
    for name, line in lines.items():
        if json:
            print_json({"user": principal_name(name, prefix), "role": name, "command": line})
        else:
            sys.stdout.write(f"{line}\n")


def _print_strimzi(users: list[User], cluster: str, *, json: bool) -> None:
    resources = [strimzi_user(each.name, each.grants, cluster) for each in users]
    if json:
        for resource in resources:
            print_json(resource)
    else:
        sys.stdout.write(as_yaml(resources))


def _at_the_cluster(users: list[User], *, apply: bool, prune: bool, yes: bool, json: bool) -> None:
    """Give first, then take: a service that runs lacks nothing in between."""
    connection = kafka_connection()
    if apply:
        _apply(connection, users, prune=prune, yes=yes, json=json)
    if prune:
        _prune(connection, users, apply=apply, json=json)


def _apply(connection: KafkaConnection, users: list[User], *, prune: bool, yes: bool, json: bool) -> None:
    if not json:
        console().print(f"{', '.join(each.name for each in users)} at {connection.bootstrap_servers}")
    confirm(f"Give them their rights{', and take all others' if prune else ''}?", yes=yes)
    for each in users:
        given = run(add_grants(connection, each.name, each.grants))
        answer: dict[str, Any] = {"user": each.name, "role": each.role.name, "entries": given}
        if json:
            print_json(answer)
        else:
            console().print(f"{each.name}: {given} entries")


def _prune(connection: KafkaConnection, users: list[User], *, apply: bool, json: bool) -> None:
    """Says each entry beyond the roles, taken or not."""
    found = False
    for name in dict.fromkeys(each.name for each in users):
        wanted = set(entries_of(grant for each in users if each.name == name for grant in each.grants))
        extra = beyond(run(rights_of(connection, name)), wanted)
        if apply and extra:
            run(take_rights(connection, name, extra))
        for entry in extra:
            found = True
            if json:
                print_json({"user": name, **asdict(entry), "taken": apply})
            else:
                console().print(f"{name}: {'took' if apply else 'beyond its role:'} {entry}")
    if not json and not found:
        console().print("Nobody may do more than the role says.")
    elif not json and not apply:
        console().print("Nothing was changed; --apply takes these.")
