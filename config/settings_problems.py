"""Wrong settings in words: the variable, what is wrong, what to do; never the value (it may be a secret)."""

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from config.setting_names import variable
from workers.errors import WrongConfiguration


def settings_error(error: ValidationError) -> WrongConfiguration:
    """All wrong settings, a line each."""
    return WrongConfiguration("\n".join(sorted({_line(each) for each in error.errors()})))


def _line(error: ErrorDetails) -> str:
    path = tuple(part for part in error["loc"] if isinstance(part, str))
    name = variable(path)
    if error["type"] == "extra_forbidden":
        return f"{name}: there is no such setting; remove it (`stellwerk settings` lists all)"
    if error["type"] == "value_error":
        return f"{name}: {error.get('ctx', {}).get('error', error['msg'])}"
    if error["type"] == "too_short":
        return f"{name}: is too short; at least {error.get('ctx', {}).get('min_length')} characters"
    what = error["msg"].removeprefix("Input ").removeprefix("Value ").removeprefix("String ")
    return f"{name}: its value {what[:1].lower()}{what[1:]}; correct it, or unset it for the default"
