"""An installation behind locked doors: Kafka with TLS, SASL and ACLs, Valkey with TLS and users, a user per service."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

from redis import Redis

from tests.faults.provision import write_files
from tests.faults.service import STELLWERK
from tests.support.eventually import eventually
from tests.support.secured_doors import Doors
from tests.support.secured_keys import Certificates, TokenMint
from workers.adapters.child_process import ChildProcess
from workers.adapters.embedded_kafka import EmbeddedKafka
from workers.adapters.embedded_valkey import EmbeddedValkey
from workers.adapters.kafka_acls import principal_name
from workers.adapters.kafka_roles import ROLES
from workers.adapters.kafka_secured import SecuredDoor
from workers.adapters.loopback_port import free_port
from workers.adapters.redis_roles import REDIS_ROLES, redis_acl

PREFIX = "Sec_1."
"""A prefix, so that no right is taken for that of another installation."""
ROOT = "root"
PASSWORDS = {
    name: f"password of {name}: 24 letters"
    for name in (ROOT, *(principal_name(r.name, PREFIX) for r in ROLES))
}
SERVICES = ("smtp", "route", "project", "price", "clock")
USERS = {str(each.name): principal_name(each.name, PREFIX) for each in ROLES}
MAILBOX, SENDER = "support@acme.example", "p1@c0.test"
TOKEN = "the token of HTTP in this test"

Env = dict[str, str]


def redis_password(user: str) -> str:
    return f"redis/{user}?#@: %41"


@dataclass
class Secured:
    """`env(user)`: the settings of a process of that user, who logs in by password; `*_token_env`: by a token."""

    directory: Path
    certificates: Certificates
    mint: TokenMint
    doors: Doors
    kafka: EmbeddedKafka
    valkey: EmbeddedValkey
    children: dict[str, ChildProcess] = field(default_factory=dict)
    ports: dict[str, int] = field(default_factory=dict)

    def common(self) -> Env:
        return {
            "STELLWERK_PREFIX": PREFIX,
            "STELLWERK_KAFKA__BOOTSTRAP_SERVERS": self.kafka.bootstrap,
            "STELLWERK_KAFKA__SECURITY_PROTOCOL": "SASL_SSL",
            "STELLWERK_KAFKA__SSL_CA": str(self.certificates.ca),
            "STELLWERK_KAFKA__PARTITIONS": "2",
            "STELLWERK_REDIS__URL": f"rediss://127.0.0.1:{self.doors.redis_port}/0",
            "STELLWERK_REDIS__SSL_CA": str(self.certificates.ca),
            "STELLWERK_BLOBS__URL": (self.directory / "blobs").as_uri(),
            "STELLWERK_SECRET": "a secret of the tests, long enough to be one",
            "STELLWERK_HTTP__TOKEN": TOKEN,
            "STELLWERK_LOG__FORMAT": "json",
        }

    def env(self, user: str, password: str | None = None) -> Env:
        """Passwords come from files, as a platform mounts them."""
        file = self.directory / f"password-of-{user}"
        file.write_text(f"{password or PASSWORDS[user]}\n")
        return {
            **self.common(),
            "STELLWERK_KAFKA__SASL_USERNAME": user,
            "STELLWERK_KAFKA__SASL_PASSWORD_FILE": str(file),
            **self._redis(user),
        }

    def endpoint_env(self, user: str, secret: str | None = None) -> Env:
        return {
            **self.common(),
            "STELLWERK_KAFKA__SASL_MECHANISM": "OAUTHBEARER",
            "STELLWERK_KAFKA__OAUTH_TOKEN_URL": self.doors.token_url,
            "STELLWERK_KAFKA__OAUTH_CA": str(self.certificates.ca),
            "STELLWERK_KAFKA__OAUTH_CLIENT_ID": user,
            "STELLWERK_KAFKA__OAUTH_CLIENT_SECRET": secret or PASSWORDS[user],
            **self._redis(user),
        }

    def token_env(self, user: str, token: str) -> Env:
        file = self.directory / f"token-of-{user}-{len(token)}-{abs(hash(token))}"
        file.write_text(token)
        login = {
            "STELLWERK_KAFKA__SASL_MECHANISM": "OAUTHBEARER",
            "STELLWERK_KAFKA__OAUTH_TOKEN_FILE": str(file),
        }
        return {**self.common(), **login, **self._redis(user)}

    def _redis(self, user: str) -> Env:
        if not any(user == principal_name(each.name, PREFIX) for each in REDIS_ROLES):
            return {}
        return {"STELLWERK_REDIS__USERNAME": user, "STELLWERK_REDIS__PASSWORD": redis_password(user)}

    def run(self, env: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [STELLWERK, *arguments],
            env={**os.environ, **env},
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )

    def succeeds(self, env: Mapping[str, str], *arguments: str) -> str:
        done = self.run(env, *arguments)
        assert 0 == done.returncode, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def start(self, name: str, env: Mapping[str, str], *arguments: str) -> None:
        """A service in the background; its HTTP at `ports[name]`, its log in `<name>.log`."""
        port = self.ports[name] = free_port()
        env = {**env, "STELLWERK_HTTP__PORT": str(port)}
        command = [
            "/usr/bin/env",
            *(f"{key}={value}" for key, value in env.items()),
            str(STELLWERK),
            *arguments,
        ]
        self.children[name] = ChildProcess(command, directory=self.directory, log=self.log(name))

    def log(self, name: str) -> Path:
        return self.directory / f"{name}.log"

    def readiness(self, name: str) -> dict[str, Any]:
        """`/readyz`; empty while nobody answers."""
        try:
            with urlopen(f"http://127.0.0.1:{self.ports[name]}/readyz", timeout=5) as answer:
                found: dict[str, Any] = json.load(answer)
        except HTTPError as not_ready:
            found = json.load(not_ready)
        except OSError:
            return {}
        return found

    async def all_ready(self) -> None:
        for name in SERVICES:
            await eventually(partial(self._is_ready, name), within=90, every=0.3)

    def _is_ready(self, name: str) -> bool:
        return bool(self.readiness(name).get("ready"))

    def stop(self) -> None:
        for child in self.children.values():
            child.stop()


@contextmanager
def secured_servers(directory: Path) -> Iterator[Secured]:
    """The servers with their users, and nothing of ours on them."""
    certificates, mint = Certificates.make(directory), TokenMint(directory)
    door = SecuredDoor(certificates.keystore, PASSWORDS, ROOT, mint.jwks)
    kafka, valkey = EmbeddedKafka(directory, door=door, short_lived=True), EmbeddedValkey(directory)
    with ExitStack() as stack:
        stack.callback(kafka.stop)
        stack.callback(valkey.stop)
        valkey.start()
        kafka.start()
        _lock_valkey(valkey)
        port = int(valkey.url.rpartition(":")[2].partition("/")[0])
        doors = stack.enter_context(Doors(certificates, mint, PASSWORDS, port))
        secured = Secured(directory, certificates, mint, doors, kafka, valkey)
        stack.callback(secured.stop)
        yield secured


def _lock_valkey(valkey: EmbeddedValkey) -> None:
    """The generated users, each with a password; and nobody else."""
    with Redis.from_url(valkey.url) as client:
        for each in REDIS_ROLES:
            user = principal_name(each.name, PREFIX)
            client.execute_command(redis_acl(each, PREFIX))
            client.execute_command("ACL", "SETUSER", user, f">{redis_password(user)}")
        client.execute_command("ACL", "SETUSER", "default", "off")


def provision(secured: Secured) -> None:
    """Topics and rights by the cluster's own superuser, policy and directory by the administrator."""
    root, admin = secured.env(ROOT), secured.env(principal_name("admin", PREFIX))
    secured.succeeds(root, "topics", "acls", "--apply", "--yes")
    policy, entities = write_files(secured.directory)
    secured.succeeds(admin, "topics", "apply")
    secured.succeeds(admin, "policy", "publish", str(policy), "--yes")
    secured.succeeds(admin, "directory", "load", str(entities), "--yes")
