"""RESULTS.md: the last figures of each benchmark stand between two markers; the words around them are ours."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import psutil

from tests.benchmarks.compiled_build import is_compiled

RESULTS = Path(__file__).with_name("RESULTS.md")
PACKAGES = ("aiokafka", "confluent-kafka", "pydantic", "redis", "aiosmtpd")


def marker(name: str, end: str = "") -> str:
    """The line that opens a benchmark's figures, or closes them."""
    return f"<!-- {end}last figures: {name} -->"


def with_figures(document: str, name: str, figures: str) -> str:
    """The document with these figures in the place of the old ones; a benchmark that is new comes at the end."""
    opening, closing = marker(name), marker(name, "end of ")
    block = f"{opening}\n{figures}\n{closing}"
    before, found, rest = document.partition(opening)
    if not found:
        return f"{document.rstrip()}\n\n## {name}\n\n{block}\n"
    return before + block + rest.partition(closing)[2]


def record(name: str, figures: str, load: float) -> None:
    """Rewrite this benchmark's figures. `load`: the machine's one-minute load before the run."""
    document = RESULTS.read_text() if RESULTS.exists() else "# Results\n"
    RESULTS.write_text(with_figures(document, name, f"{circumstances(load)}\n\n{figures}"))


def circumstances(load: float) -> str:
    """When, where and with what."""
    build = "compiled" if is_compiled() else "interpreted"
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    memory = psutil.virtual_memory().total / 2**30
    return (
        f"{datetime.now(UTC).date().isoformat()}, {os.cpu_count()} cores ({_processor()}), {memory:.0f} GB, "
        f"{platform.system()} {platform.release().partition('-')[0]}, load before the run {load:.1f}; "
        f"Python {platform.python_version()}, {build}, {packages}."
    )


def _processor() -> str:
    described = Path("/proc/cpuinfo")
    lines = described.read_text().splitlines() if described.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or platform.machine()
