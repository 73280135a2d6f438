"""The engine may not import `config`; its names of log events are in the same list all the same."""

import re
from pathlib import Path

from config.log_events import LOG_EVENTS
from workers.streams.lane_monitor import EVENTS

ENGINE = Path(__file__).parents[3] / "workers" / "streams"


def test_each_log_event_of_the_engine_is_in_the_list() -> None:
    """A search for a name finds its place and its alert."""
    sources = [path.read_text() for path in ENGINE.glob("*.py")]
    used = {name for source in sources for name in re.findall(r'\blog\.\w+\(\s*"([^"]+)"', source)}
    assert used
    assert set() == (used | set(EVENTS.values())) - set(LOG_EVENTS)
