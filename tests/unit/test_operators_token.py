"""The token of HTTP where nobody configured one."""

from pathlib import Path

from pydantic import SecretStr

from config.settings import Settings
from workers.entrypoints.operators_token import TOKEN_FILE, OperatorsToken, with_operators_token


def given(token: SecretStr | None) -> str:
    assert token is not None
    return token.get_secret_value()


def test_it_is_made_once_and_kept_for_its_owner_alone(tmp_path: Path) -> None:
    """The next start has the same one; another directory another one."""
    made = with_operators_token(Settings(), tmp_path / "a")
    again = with_operators_token(Settings(), tmp_path / "a")
    other = with_operators_token(Settings(), tmp_path / "b")
    assert tmp_path / "a" / TOKEN_FILE == made.file
    assert 0o600 == (tmp_path / "a" / TOKEN_FILE).stat().st_mode & 0o777
    assert (tmp_path / "a" / TOKEN_FILE).read_text() == given(made.settings.http.token)
    assert given(made.settings.http.token) == given(again.settings.http.token)
    assert given(made.settings.http.token) != given(other.settings.http.token)
    assert len(given(made.settings.http.token)) >= 32


def test_a_configured_one_stays_and_production_gets_none(tmp_path: Path) -> None:
    """Nothing is written then."""
    plain = Settings()
    configured = plain.model_copy(update={"http": plain.http.model_copy(update={"token": SecretStr("ours")})})
    production = plain.model_copy(update={"kafka": plain.kafka.model_copy(update={"production": True})})
    assert OperatorsToken(configured, None) == with_operators_token(configured, tmp_path)
    assert with_operators_token(production, tmp_path).settings.http.token is None
    assert [] == list(tmp_path.iterdir())
