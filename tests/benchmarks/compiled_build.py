"""Benchmarks measure what runs in production: the compiled build, where this machine can make it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from workers.routing import decide

ROOT = Path(__file__).parents[2]
COMPILED = ROOT / "build/compiled"
INTERPRETED = "--interpreted"


def is_compiled() -> bool:
    """Whether this process, and those that it starts, run the compiled modules."""
    return not str(decide.__file__).endswith(".py")


def go_on_compiled(module: str) -> None:
    """Start `python -m module` anew with the compiled build, made first where it is missing or old.

    Stays in this process where that is asked for with `--interpreted`, and says so where there is no C compiler.
    """
    if INTERPRETED in sys.argv:
        sys.argv.remove(INTERPRETED)
        return
    if is_compiled() or not _made():
        return
    paths = os.pathsep.join((str(COMPILED), str(ROOT)))
    env = os.environ | {"PYTHONPATH": paths, "PYTHONSAFEPATH": "1"}
    os.execve(sys.executable, (sys.executable, "-m", module, *sys.argv[1:]), env)  # noqa: S606  # it is this program


def _made() -> bool:
    done = subprocess.run(("make", "compiled"), cwd=ROOT, check=False, stdout=subprocess.DEVNULL)  # noqa: S607
    if done.returncode:
        print("Going on with interpreted modules.", file=sys.stderr, flush=True)
    return done.returncode == 0
