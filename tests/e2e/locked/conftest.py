"""One secured installation for the tests of this package."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.locked.secured import SERVICES, USERS, Secured, provision, secured_servers
from workers.adapters.loopback_port import free_port


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    """Servers, provisioned, and the five services: three by password, one by an endpoint's token, one by a file's."""
    with secured_servers(tmp_path_factory.mktemp("secured")) as found:
        provision(found)
        environments = {name: found.env(USERS[name]) for name in ("smtp", "route", "price")}
        environments["project"] = found.endpoint_env(USERS["project"])
        environments["clock"] = found.token_env(USERS["clock"], found.mint.token(USERS["clock"]))
        found.ports["mail"] = free_port()
        for name in SERVICES:
            words = ("smtp",) if name == "smtp" else ("work", name)
            found.start(name, environments[name] | {"STELLWERK_SMTP__PORT": str(found.ports["mail"])}, *words)
        yield found
