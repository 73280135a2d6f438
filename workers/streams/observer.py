"""What the engine tells whoever counts. Calls are synchronous, cheap and never raise."""

from typing import Protocol

from workers.streams.health import LaneState


class EngineObserver(Protocol):
    def batch_committed(self, partition: int, records: int, outputs: int, seconds: float) -> None:
        """One transaction is committed; `seconds` from the poll's return to the end of the view's write."""
        ...

    def lane_state(self, partition: int, state: LaneState, reason: str | None) -> None:
        """The lane came into this state; `reason` is a short label, the same for the same cause."""
        ...

    def fault(self, partition: int, kind: str) -> None:
        """A step failed and the lane acquires again or waits; `kind` is the error's type."""
        ...

    def view_rebuilt(self, view: str, fields: int, seconds: float) -> None:
        """A view was built anew from its topic."""
        ...


class NoObserver:
    """Counts nothing."""

    def batch_committed(self, partition: int, records: int, outputs: int, seconds: float) -> None:
        pass

    def lane_state(self, partition: int, state: LaneState, reason: str | None) -> None:
        pass

    def fault(self, partition: int, kind: str) -> None:
        pass

    def view_rebuilt(self, view: str, fields: int, seconds: float) -> None:
        pass
