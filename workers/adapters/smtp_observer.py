"""What the SMTP server tells of itself. No addresses, no content."""

from typing import Protocol


class SmtpObserver(Protocol):
    def connected(self, open_connections: int) -> None: ...

    def disconnected(self, open_connections: int) -> None: ...

    def turned_away(self, reason: str) -> None:
        """A connection was answered 421 at once."""
        ...

    def accepted(self, deliveries: int, size_bytes: int, seconds: float) -> None:
        """A mail was answered 250; `seconds` from the end of DATA to the acknowledgement."""
        ...

    def refused(self, code: int, reason: str) -> None:
        """A command or a mail was answered 4xx or 5xx."""
        ...


class Unobserved:
    """Observes nothing."""

    def connected(self, open_connections: int) -> None:
        pass

    def disconnected(self, open_connections: int) -> None:
        pass

    def turned_away(self, reason: str) -> None:
        pass

    def accepted(self, deliveries: int, size_bytes: int, seconds: float) -> None:
        pass

    def refused(self, code: int, reason: str) -> None:
        pass
