"""The build. With STELLWERK_COMPILE=1 mypyc compiles what decides, accepts and verifies (CONTRIBUTING.md).

Everything else that a build needs to know is in pyproject.toml.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from setuptools import setup

_COMPILED = (
    "schemas/cloudevents.py",
    "schemas/trace_context.py",
    "schemas/trusted.py",
    "schemas/unchecked.py",
    "workers/adapters/kafka_batch_producer.py",
    "workers/adapters/kafka_batch_sender.py",
    "workers/adapters/kafka_inbound_log.py",
    "workers/adapters/kafka_record_batch.py",
    "workers/adapters/kafka_stored_batches.py",
    "workers/adapters/smtp_admission.py",
    "workers/adapters/smtp_commands.py",
    "workers/adapters/smtp_connection.py",
    "workers/adapters/smtp_data.py",
    "workers/adapters/smtp_data_command.py",
    "workers/adapters/smtp_input.py",
    "workers/adapters/smtp_metrics.py",
    "workers/adapters/smtp_parameters.py",
    "workers/adapters/smtp_paths.py",
    "workers/adapters/smtp_replies.py",
    "workers/adapters/smtp_session.py",
    "workers/processors/accept.py",
    "workers/processors/inbound_value.py",
    "workers/processors/kept_inputs.py",
    "workers/processors/lane_window.py",
    "workers/processors/refuse.py",
    "workers/processors/shadow_lane.py",
    "workers/processors/state_chain.py",
    "workers/processors/verified_lane.py",
    "workers/routing/**/*.py",
    "workers/work_ports.py",
)
_AS_A_WHOLE = ("-flto", "-fvisibility=hidden")
"""One module's calls of another are as its own, for the compiler sees all of them, and nobody else calls them."""
_MODELS = re.compile(r"^class \w+\((Part|Event|BaseModel)\):", re.MULTILINE)
"""pydantic makes its models while the module is being imported, from what only an interpreter leaves behind."""


def compiled_modules(root: Path) -> list[str]:
    """Their files, below `root`."""
    files = (file for pattern in _COMPILED for file in root.glob(pattern))
    return sorted(
        str(file.relative_to(root)) for file in files if not _MODELS.search(file.read_text("utf-8"))
    )


def _extensions() -> list[Any]:
    if os.environ.get("STELLWERK_COMPILE") != "1":
        return []
    from mypyc.build import mypycify

    extensions = mypycify(
        compiled_modules(Path(__file__).parent), multi_file=True, debug_level="0", target_dir="build/mypyc"
    )
    for extension in extensions:
        extension.extra_compile_args += _AS_A_WHOLE
        extension.extra_link_args += _AS_A_WHOLE
    return extensions


if __name__ == "__main__":
    setup(ext_modules=_extensions(), options={"build_ext": {"parallel": os.cpu_count() or 1}})
