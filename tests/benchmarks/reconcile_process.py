"""The continuous check of conservation in a process of its own, to see what it costs: it runs in `stellwerk work`."""

from __future__ import annotations

import sys

from config.logging import configure_logging
from workers.entrypoints.configured import settings
from workers.entrypoints.installation import configured_installation
from workers.entrypoints.reconcile_service import ReconcileService
from workers.entrypoints.shell import run_services


def main() -> int:
    configure_logging("error", "json")
    return run_services("reconcile-alone", [ReconcileService(configured_installation(settings()))])


if __name__ == "__main__":
    sys.exit(main())
