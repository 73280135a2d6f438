"""`stellwerk work route`, with faults at exact moments where the campaign orders them."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

from config.logging import configure_logging
from tests.faults.checkpoint import OrderedFaults
from workers.entrypoints.configured import settings
from workers.entrypoints.http_service import HttpService, Watched
from workers.entrypoints.installation import configured_installation
from workers.entrypoints.route_service import RouteService
from workers.entrypoints.shell import run_services
from workers.streams.config import LaneServiceConfig


class FaultyRouteService(RouteService):
    """The product's, with a checkpoint that falls over when it is told to."""

    def _config(self) -> LaneServiceConfig:
        orders = OrderedFaults(Path(os.environ["STELLWERK_CAMPAIGN_ORDERS"]))
        return replace(super()._config(), checkpoint=orders)


def main() -> int:
    configured = settings()
    configure_logging(configured.log.level, configured.log.format)
    installation = configured_installation(configured)
    route = FaultyRouteService(installation)
    watched = Watched({"route": route.health}, {})
    return run_services("stellwerk-work", [HttpService(installation, watched), route])


if __name__ == "__main__":
    sys.exit(main())
