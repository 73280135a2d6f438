"""What a lane says about itself: plain data for readiness, metrics and `/readyz`."""

from dataclasses import dataclass
from typing import Literal

LaneState = Literal["acquiring", "running", "waiting", "braked", "failed", "released"]


@dataclass(frozen=True, slots=True)
class LaneHealth:
    """`lag_records` is measured to the high watermark (None: nothing fetched yet).

    `stuck` names the inputs whose last stable offset stays below the high watermark for longer than the
    transaction timeout: records lie there that nobody can read (T12, DESIGN part 7).
    """

    partition: int
    state: LaneState
    reason: str | None
    seconds_since_progress: float
    lag_records: int | None
    stuck: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ServiceHealth:
    """`joined`: the group has given this worker its partitions (perhaps none: a stand-by is healthy)."""

    joined: bool
    lanes: tuple[LaneHealth, ...]

    @property
    def ready(self) -> bool:
        return self.joined and all(lane.state == "running" for lane in self.lanes)

    @property
    def stuck(self) -> bool:
        return any(lane.stuck for lane in self.lanes)
