"""Settings from environment and files."""

from pathlib import Path

import pytest

from config.settings import load_settings
from config.settings_rows import MASK, describe
from config.settings_unknown import unknown_variables
from workers.errors import WrongConfiguration


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name in [name for name in os.environ if name.startswith("STELLWERK_")]:
        monkeypatch.delenv(name)


def rows() -> dict[str, tuple[str, str]]:
    return {row.name: (row.value, row.origin) for row in describe(load_settings())}


def test_defaults_are_those_of_one_machine() -> None:
    """Nothing has to be set."""
    settings = load_settings()
    assert ("127.0.0.1", 2525, 4, 50 * 1024 * 1024) == (
        settings.smtp.host,
        settings.smtp.port,
        settings.kafka.partitions,
        settings.smtp.max_message_bytes,
    )
    assert settings.smtp.max_connections >= 3_000
    assert settings.kafka.bootstrap_servers is None


def test_variables_are_nested_by_two_underscores(monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty one counts as not set; `null` is none."""
    monkeypatch.setenv("STELLWERK_KAFKA__BOOTSTRAP_SERVERS", "kafka:9092")
    monkeypatch.setenv("STELLWERK_SMTP__PORT", "0")
    monkeypatch.setenv("STELLWERK_REDIS__URL", "")
    monkeypatch.setenv("STELLWERK_SMTP__MAX_CONNECTIONS_PER_NETWORK", "null")
    settings = load_settings()
    assert ("kafka:9092", 0, None, None) == (
        settings.kafka.bootstrap_servers,
        settings.smtp.port,
        settings.redis.url,
        settings.smtp.max_connections_per_network,
    )


def test_a_list_is_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not JSON."""
    monkeypatch.setenv("STELLWERK_SMTP__TRUSTED_NETWORKS", "10.0.0.0/8, ::1")
    assert ("10.0.0.0/8", "::1/128") == load_settings().smtp.trusted_networks


def test_secrets_come_from_files_and_a_variable_beats_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As container platforms mount them."""
    (tmp_path / "token").write_text("from a file\n")
    (tmp_path / "stellwerk_secret").write_text("a secret of sixteen or more\n")
    (tmp_path / "STELLWERK_REDIS__URL").write_text("redis://file:1/0")
    monkeypatch.setenv("STELLWERK_HTTP__TOKEN_FILE", str(tmp_path / "token"))
    monkeypatch.setenv("STELLWERK_SECRETS_DIR", str(tmp_path))
    monkeypatch.setenv("STELLWERK_REDIS__URL", "redis://env:1/0")
    settings = load_settings()
    assert settings.http.token is not None
    assert "from a file" == settings.http.token.get_secret_value()
    assert settings.secret is not None
    assert "a secret of sixteen or more" == settings.secret.get_secret_value()
    assert "redis://env:1/0" == settings.redis.url
    assert ["file", "file", "env", "default"] == [
        rows()[f"STELLWERK_{name}"][1] for name in ("HTTP__TOKEN", "SECRET", "REDIS__URL", "SMTP__PORT")
    ]


def test_secrets_are_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not in rows, not in the object's own text; a URL keeps all but its user and password."""
    for name in ("SECRET", "HTTP__TOKEN", "KAFKA__SASL_PASSWORD"):
        monkeypatch.setenv(f"STELLWERK_{name}", "hunter2hunter2hunter2")
    monkeypatch.setenv("STELLWERK_KAFKA__SECURITY_PROTOCOL", "SASL_SSL")
    monkeypatch.setenv("STELLWERK_KAFKA__SASL_USERNAME", "somebody")
    monkeypatch.setenv("STELLWERK_REDIS__URL", "redis://user:hunter2@redis:6379/0")
    shown = rows()
    assert "hunter2" not in f"{shown} {load_settings()!r}"
    assert (MASK, "env") == shown["STELLWERK_SECRET"]
    assert f"redis://{MASK}@redis:6379/0" == shown["STELLWERK_REDIS__URL"][0]


def test_every_setting_says_what_it_does() -> None:
    """There is no second list of them."""
    assert [] == [row.name for row in describe(load_settings()) if not row.help]


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        (
            "SMTP__PORT",
            "99999",
            "STELLWERK_SMTP__PORT: its value should be less than or equal to 65535; correct it",
        ),
        ("SMTP__PORT", "x", "STELLWERK_SMTP__PORT: its value should be a valid integer"),
        ("SMTP__PROT", "1", "STELLWERK_SMTP__PROT: there is no such setting; remove it"),
        ("PREFIX", "a b", "STELLWERK_PREFIX: its value should match pattern"),
        ("SMTP__TLS_CERT", "/x.pem", "STELLWERK_SMTP__TLS_CERT and STELLWERK_SMTP__TLS_KEY belong together"),
        ("KAFKA__SECURITY_PROTOCOL", "SASL_SSL", "SASL needs STELLWERK_KAFKA__SASL_USERNAME"),
        ("HTTP__TOKEN_FILE", "/not/there", "STELLWERK_HTTP__TOKEN_FILE: /not/there cannot be read"),
        (
            "SMTP__TRUSTED_NETWORKS",
            "10.0.0.0/8,x",
            "STELLWERK_SMTP__TRUSTED_NETWORKS: 'x' does not appear to be",
        ),
        (
            "SMTP",
            "x",
            'A whole section must be JSON, or set its values one by one: error parsing value for field "smtp"',
        ),
    ],
)
def test_a_wrong_value_names_its_variable_and_not_the_value(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, expected: str
) -> None:
    """It may be a secret."""
    monkeypatch.setenv(f"STELLWERK_{name}", value)
    with pytest.raises(WrongConfiguration) as caught:
        load_settings()
    assert expected in caught.value.public
    assert "hunter2" not in caught.value.public


def test_a_variable_that_nothing_reads_is_found_with_what_was_meant() -> None:
    """A typing error is not silent; a container platform's variables are no errors."""
    names = [
        "STELLWERK_SMPT__PORT",
        "STELLWERK_SERVICE_HOST",
        "STELLWERK_SMTP__PORT",
        "STELLWERK_SECRET_FILE",
        "HOME",
    ]
    assert {
        "STELLWERK_SMPT__PORT": "STELLWERK_SMTP__PORT",
        "STELLWERK_SERVICE_HOST": None,
    } == unknown_variables(names)
