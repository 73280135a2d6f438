"""T10, T11: what aiokafka says while a broker is away."""

import asyncio
import logging
from typing import Any

from aiokafka.errors import KafkaConnectionError

from workers.streams.log_noise import NoiseFilter, quieten_aiokafka
from workers.streams.stray_futures import count_stray_futures


def _line(message: str = "Unable connect to node %s") -> logging.LogRecord:
    return logging.LogRecord("aiokafka", logging.ERROR, "", 0, message, (1,), None)


def test_t10_a_few_lines_pass_and_the_rest_is_counted() -> None:
    """The next window's first line says how many were dropped."""
    now = [0.0]
    noise = NoiseFilter(clock=lambda: now[0], burst=2, window_seconds=10.0)
    assert [True, True, False, False] == [noise.filter(_line()) for _ in range(4)]
    now[0] = 11.0
    again = _line()
    assert noise.filter(again)
    assert "Unable connect to node 1 [2 more dropped]" == again.getMessage()


def test_t10_other_messages_are_not_held_back() -> None:
    """Each template has a window of its own."""
    noise = NoiseFilter(clock=lambda: 0.0, burst=1, window_seconds=10.0)
    assert noise.filter(_line())
    assert noise.filter(_line("Coordinator %s"))


def test_t10_each_logger_of_aiokafka_gets_one_filter() -> None:
    """Filters are not inherited, and a second call adds none."""
    logger = logging.getLogger("aiokafka.of_this_test")
    quieten_aiokafka()
    quieten_aiokafka()
    assert 1 == sum(isinstance(each, NoiseFilter) for each in logger.filters)


async def test_t11_stray_errors_are_counted_and_not_failures() -> None:
    """Unread futures of a lost broker; everything else goes where it went."""
    counted: list[str] = []
    other: list[Any] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: other.append(context))
    count_stray_futures(loop, counted.append)
    loop.call_exception_handler({"message": "never retrieved", "exception": KafkaConnectionError("gone")})
    handle = "<Handle MessageAccumulator._pop_batch.<locals>.cb() at message_accumulator.py:459>"
    loop.call_exception_handler({"message": "in callback", "exception": KeyError(1), "handle": handle})
    assert ["KafkaConnectionError", "KeyError"] == counted
    loop.call_exception_handler({"message": "ours", "exception": KeyError("a bug")})
    assert ["ours"] == [context["message"] for context in other]
