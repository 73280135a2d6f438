"""What the process of a service begins with: its log, then its installation."""

from config.logging import configure_logging
from config.settings import Settings
from workers.entrypoints.installation import Installation, configured_installation
from workers.entrypoints.work_watch import told


def installation_of_service(configured: Settings) -> Installation:
    """Everything must be configured. Raises `WrongConfiguration` naming what is not."""
    configure_logging(configured.log.level, configured.log.format)
    return told(configured_installation(configured))
