"""Traces, `STELLWERK_TRACES__…`. All else about them is said by OpenTelemetry's own variables."""

from pydantic import Field

from config.settings_section import Section


class TracesSettings(Section):
    enabled: bool = Field(
        default=False,
        description="send OpenTelemetry spans over OTLP/HTTP (extra `traces`); where to, how many: OTEL_… variables",
    )
