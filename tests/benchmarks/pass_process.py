"""The bare pass-through as a process: `python -m tests.benchmarks.pass_process RECIPE`, until its stdin ends."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from config.logging import configure_logging
from config.settings import load_settings
from tests.benchmarks.pass_aiokafka import Lanes
from tests.benchmarks.recorded_outputs import load_recipe
from workers.entrypoints.installation import configured_installation
from workers.streams.client_patches import prepare_aiokafka


async def main(recipe: str) -> None:
    """With our client's shorter wait between transactions: it is not the engine's own work."""
    configure_logging("error", "json")
    prepare_aiokafka()
    connection = configured_installation(load_settings()).connection
    lanes = Lanes(connection.client_options(), connection.prefix, load_recipe(Path(recipe)))
    await lanes.start()
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    lanes.check()
    await lanes.stop()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
