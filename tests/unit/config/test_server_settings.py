"""Settings of Kafka's and Redis's doors: what is missing, and what would silently not be used, is said."""

import os

import pytest

from config.settings import load_settings
from config.settings_rows import MASK, describe
from workers.errors import WrongConfiguration

KAFKA, REDIS = "STELLWERK_KAFKA__", "STELLWERK_REDIS__"
ENDPOINT = {
    "SECURITY_PROTOCOL": "SASL_SSL",
    "SASL_MECHANISM": "OAUTHBEARER",
    "OAUTH_TOKEN_URL": "https://issuer.test/token",
    "OAUTH_CLIENT_ID": "stellwerk-smtp",
    "OAUTH_CLIENT_SECRET": "hunter2",
}
FILE = {
    "SECURITY_PROTOCOL": "SASL_SSL",
    "SASL_MECHANISM": "OAUTHBEARER",
    "OAUTH_TOKEN_FILE": "/run/token",
}
SCRAM = {"SECURITY_PROTOCOL": "SASL_SSL", "SASL_USERNAME": "stellwerk-smtp", "SASL_PASSWORD": "hunter2"}


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("STELLWERK_")]:
        monkeypatch.delenv(name)


def given(monkeypatch: pytest.MonkeyPatch, prefix: str, values: dict[str, str]) -> None:
    for name, value in values.items():
        monkeypatch.setenv(prefix + name, value)


def without(values: dict[str, str], name: str) -> dict[str, str]:
    return {each: value for each, value in values.items() if each != name}


@pytest.mark.parametrize("values", [SCRAM, ENDPOINT, FILE, {"SECURITY_PROTOCOL": "SSL", "SSL_CA": "/ca.pem"}])
def test_a_complete_login_is_taken(monkeypatch: pytest.MonkeyPatch, values: dict[str, str]) -> None:
    """By password, by a token from an endpoint or a file, or by certificates alone."""
    given(monkeypatch, KAFKA, values)
    assert values["SECURITY_PROTOCOL"] == load_settings().kafka.security_protocol


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (without(SCRAM, "SASL_PASSWORD"), "SASL needs STELLWERK_KAFKA__SASL_USERNAME and"),
        (
            without(SCRAM, "SECURITY_PROTOCOL"),
            "would not be used with STELLWERK_KAFKA__SECURITY_PROTOCOL=PLAINTEXT",
        ),
        ({"SECURITY_PROTOCOL": "SASL_PLAINTEXT", "SSL_CA": "/x"}, "SASL needs"),
        ({**SCRAM, "SECURITY_PROTOCOL": "SASL_PLAINTEXT", "SSL_CA": "/x"}, "SSL_CA would not be used"),
        ({**SCRAM, "OAUTH_TOKEN_FILE": "/x"}, "set STELLWERK_KAFKA__SASL_MECHANISM to OAUTHBEARER"),
        ({**FILE, "SASL_PASSWORD": "x"}, "SASL_PASSWORD would not be used with OAUTHBEARER"),
        ({**FILE, "OAUTH_CLIENT_ID": "x"}, "OAUTH_TOKEN_FILE is one way to a token, "),
        (without(ENDPOINT, "OAUTH_CLIENT_SECRET"), "OAUTHBEARER needs STELLWERK_KAFKA__OAUTH_TOKEN_URL, "),
        (without(FILE, "OAUTH_TOKEN_FILE"), "OAUTHBEARER needs STELLWERK_KAFKA__OAUTH_TOKEN_URL, "),
        ({**ENDPOINT, "OAUTH_TOKEN_URL": "http://issuer.test/token"}, "must be https://"),
        ({**SCRAM, "SSL_CERT": "/x"}, "SSL_CERT and STELLWERK_KAFKA__SSL_KEY belong together"),
        ({**SCRAM, "SASL_MECHANISM": "GSSAPI"}, "STELLWERK_KAFKA__SASL_MECHANISM: its value should be"),
    ],
)
def test_what_is_missing_or_would_not_be_used_at_kafka_is_said(
    monkeypatch: pytest.MonkeyPatch, values: dict[str, str], words: str
) -> None:
    """With what to do, and never with the value: a login that is not used is an open door."""
    given(monkeypatch, KAFKA, values)
    with pytest.raises(WrongConfiguration) as caught:
        load_settings()
    assert words in caught.value.public
    assert "hunter2" not in caught.value.public


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"URL": "localhost:6379"}, "must begin with redis:// or rediss://"),
        ({"URL": "redis://a:b@r:1/0", "PASSWORD": "hunter2"}, "names a user; take it out"),
        ({"URL": "redis://r:1/0", "USERNAME": "a"}, "USERNAME needs STELLWERK_REDIS__PASSWORD"),
        ({"URL": "redis://r:1/0", "SSL_CA": "/x"}, "set STELLWERK_REDIS__URL to rediss://"),
        ({"URL": "rediss://r:1/0", "SSL_KEY": "/x"}, "SSL_CERT and STELLWERK_REDIS__SSL_KEY belong together"),
    ],
)
def test_what_is_missing_or_would_not_be_used_at_redis_is_said(
    monkeypatch: pytest.MonkeyPatch, values: dict[str, str], words: str
) -> None:
    """As at Kafka."""
    given(monkeypatch, REDIS, values)
    with pytest.raises(WrongConfiguration) as caught:
        load_settings()
    assert words in caught.value.public
    assert "hunter2" not in caught.value.public


def test_secrets_of_both_doors_are_masked(monkeypatch: pytest.MonkeyPatch) -> None:
    """In `stellwerk settings`, and in the object's own text."""
    given(monkeypatch, KAFKA, ENDPOINT)
    given(monkeypatch, REDIS, {"URL": "rediss://r:1/0", "PASSWORD": "hunter2"})
    shown = {row.name: row.value for row in describe(load_settings())}
    assert [MASK, MASK] == [shown[KAFKA + "OAUTH_CLIENT_SECRET"], shown[REDIS + "PASSWORD"]]
    assert "hunter2" not in f"{shown} {load_settings()!r}"
