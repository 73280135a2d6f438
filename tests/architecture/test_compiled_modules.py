"""setup.py: what mypyc compiles. `make test-compiled` builds it, and runs its tests on what was built."""

from __future__ import annotations

import ast
import importlib
import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
from pydantic import BaseModel

ROOT = Path(__file__).parents[2]
SETUP = importlib.util.spec_from_file_location("stellwerk_setup", ROOT / "setup.py")


def _compiled() -> list[str]:
    assert SETUP is not None
    assert SETUP.loader is not None
    module = importlib.util.module_from_spec(SETUP)
    SETUP.loader.exec_module(module)
    found: list[str] = module.compiled_modules(ROOT)
    return found


def _module(path: str) -> ModuleType:
    return importlib.import_module(path.removesuffix(".py").removesuffix("/__init__").replace("/", "."))


def _models_of(module: ModuleType) -> list[str]:
    own = (each for each in vars(module).values() if getattr(each, "__module__", "") == module.__name__)
    return [each.__name__ for each in own if isinstance(each, type) and issubclass(each, BaseModel)]


@pytest.mark.parametrize("path", _compiled())
def test_what_is_compiled_makes_no_models(path: str) -> None:
    """pydantic reads a class's body at run time, which a compiled one has not."""
    assert [] == _models_of(_module(path))


@pytest.mark.parametrize("path", _compiled())
def test_a_name_is_caught_with_one_type_in_what_is_compiled(path: str) -> None:
    """mypyc gives it the first one's type in a coroutine, and the second error would become a TypeError."""
    for function in ast.walk(ast.parse((ROOT / path).read_text("utf-8"))):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            handlers = [
                each for each in ast.walk(function) if isinstance(each, ast.ExceptHandler) and each.name
            ]
            caught = {(each.name, ast.unparse(each.type)) for each in handlers if each.type}
            assert len({name for name, _ in caught}) == len(caught), function.name


def test_all_that_decides_is_compiled() -> None:
    """Each module of routing but those with models."""
    routing = {str(path.relative_to(ROOT)) for path in (ROOT / "workers/routing").rglob("*.py")}
    left_out = routing - set(_compiled())
    assert routing - {path for path in left_out if _models_of(_module(path))} <= set(_compiled())
    assert {"workers/routing/decide.py", "workers/routing/rights.py"} <= routing - left_out
