"""The check of who sent a mail, as the settings want it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from config.settings_sections import SmtpSettings
from workers.adapters.prometheus_metrics import PrometheusMetrics

if TYPE_CHECKING:
    from workers.adapters.mail_authenticator import MailAuthenticator


def authenticator(
    smtp: SmtpSettings, is_relay: Callable[[str], bool], metrics: PrometheusMetrics
) -> MailAuthenticator | None:
    """None where it is off. `is_relay`: clients that have checked already.

    Raises `WrongConfiguration` where it is on and there is no resolver to ask.
    """
    if not smtp.authenticate:
        return None
    # Its libraries take a tenth of a second to load, and most processes never need them.
    from workers.adapters.dns_lookups import CachedDns
    from workers.adapters.mail_authenticator import MailAuthenticator

    lookups = CachedDns(
        [str(server) for server in smtp.dns_servers],
        failed=lambda reason: metrics.add("stellwerk_dns_failures_total", reason=reason),
    )
    return MailAuthenticator(
        lookups,
        seconds=smtp.authenticate_seconds,
        skip=is_relay,
        found=lambda level: metrics.add("stellwerk_smtp_identity_total", level=level),
    )
