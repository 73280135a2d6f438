"""What `bench-smtp` is measured with and against: Postfix's smtp-source, and Haraka.

Fetched beside the virtual environment's packages, so nothing is installed for the machine. What cannot be had is
said, and the benchmark goes on without.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

HARAKA = "Haraka@3.3.4"
CACHE = Path(sys.prefix) / "bench-smtp"

_PLUGIN = """\
exports.hook_lookup_rdns = (next) => next(OK, 'localhost')
exports.hook_rcpt = (next) => next(OK)
exports.hook_queue = (next) => next(OK)
"""
"""Accepts everything, stores nothing, and asks no DNS, as we don't either."""


@dataclass(frozen=True, slots=True)
class Program:
    """A command, and what its environment needs beyond ours."""

    command: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)


def smtp_source() -> Program | None:
    """The system's own, else Debian's, unpacked."""
    own = shutil.which("smtp-source", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if own:
        return Program((own,))
    place = CACHE / "postfix"
    program = place / "usr/sbin/smtp-source"
    if not program.exists() and not _unpack_postfix(place):
        return None
    found = Program((str(program),), {"LD_LIBRARY_PATH": str(place / "usr/lib/postfix")})
    return found if _starts(found) else None


def haraka() -> Program | None:
    """Take `write_haraka_config` for what it is to do."""
    place = CACHE / "haraka"
    program = place / "node_modules/Haraka/bin/haraka"
    install = ("npm", "install", "--silent", "--ignore-scripts", "--no-audit", "--no-fund", "--omit=optional")
    if not program.exists() and not _ran("Haraka", (*install, "--prefix", str(place), HARAKA)):
        return None
    return Program(("node", str(program)))


def write_haraka_config(directory: Path, port: int, processes: int) -> None:
    """One process is Haraka without its cluster; more are its workers. Without logging."""
    defaults = CACHE / "haraka/node_modules/Haraka/config"
    (directory / "plugins").mkdir(parents=True)
    (directory / "config").mkdir()
    shutil.copy(defaults / "connection.ini", directory / "config")
    nodes = processes if processes > 1 else 0
    written = {
        "config/smtp.ini": f"listen=127.0.0.1:{port}\nnodes={nodes}\n",
        "config/plugins": "accept_all\n",
        "config/loglevel": "emerg\n",
        "config/log.ini": "[main]\nlevel=emerg\nformat=default\n",
        "config/me": "localhost\n",
        "plugins/accept_all.js": _PLUGIN,
    }
    for name, text in written.items():
        (directory / name).write_text(text)


def _unpack_postfix(place: Path) -> bool:
    packages = CACHE / "packages"
    packages.mkdir(parents=True, exist_ok=True)
    if not _ran("smtp-source", ("apt-get", "--quiet=2", "download", "postfix"), packages):
        return False
    package = max(packages.glob("postfix_*.deb"))
    return _ran("smtp-source", ("dpkg-deb", "-x", str(package), str(place)))


def _starts(program: Program) -> bool:
    """Asked for nothing, it tells its usage; where it lacks a library, the loader says so."""
    done = subprocess.run(
        program.command, env=os.environ | program.env, check=False, capture_output=True, text=True
    )
    if "usage" in done.stderr:
        return True
    _say("smtp-source", done.stderr)
    return False


def _ran(what: str, command: Sequence[str], directory: Path | None = None) -> bool:
    try:
        subprocess.run(command, cwd=directory, check=True, capture_output=True, text=True, timeout=300)
    except FileNotFoundError:
        _say(what, f"there is no {command[0]} here")
    except subprocess.TimeoutExpired:
        _say(what, f"{command[0]} did not end")
    except subprocess.CalledProcessError as error:
        _say(what, f"{' '.join(command[:2])} failed: {error.stderr}")
    else:
        return True
    return False


def _say(what: str, why: str) -> None:
    last = (why.strip().splitlines() or ["no reason given"])[-1]
    print(f"{what} cannot be had ({last}): going on without it", file=sys.stderr, flush=True)
