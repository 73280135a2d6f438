"""One JSON object a line, and no content."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from config.logging import LogFormat, configure_logging
from workers.errors import DependencyUnavailable


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    before = (list(root.handlers), root.level, logging.raiseExceptions, structlog.get_config())
    levels = {
        n: logging.getLogger(n).level
        for n in ("aiokafka", "faust", "mode", "aiohttp.access", "asyncio", "kafka")
    }
    yield
    root.handlers[:] = before[0]
    root.setLevel(before[1])
    logging.raiseExceptions = before[2]
    structlog.configure(**before[3])
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def a_log(form: LogFormat = "json") -> io.StringIO:
    stream = io.StringIO()
    configure_logging("info", form, stream)
    return stream


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_ours_and_the_libraries_lines_have_one_form() -> None:
    """JSON with time, level, logger and event."""
    stream = a_log()
    structlog.get_logger("stellwerk").info("mail-accepted", deliveries=2)
    logging.getLogger("aiokafka").warning("broker %s is away", 3)
    ours, theirs = lines(stream)
    assert ("mail-accepted", 2, "info") == (ours["event"], ours["deliveries"], ours["level"])
    assert ("broker 3 is away", "aiokafka", "warning") == (theirs["event"], theirs["logger"], theirs["level"])
    assert ours["at"].endswith("Z")


def test_what_is_below_the_level_is_not_written() -> None:
    """Libraries speak from warnings on."""
    stream = a_log()
    structlog.get_logger("stellwerk").debug("mail-accepted")
    logging.getLogger("aiokafka").info("hello")
    assert "" == stream.getvalue()


@pytest.mark.parametrize("form", ["json", "human"])
def test_texts_and_variables_of_exceptions_are_not_written(form: LogFormat) -> None:
    """They may quote a mail; types and places are enough to find the line."""
    stream = a_log(form)
    words = "Dear support, my password is 1234"
    try:
        int(words)
    except ValueError:
        structlog.get_logger("stellwerk").exception("smtp-session-failed")
        logging.getLogger("faust").exception("bad")
    assert "ValueError" in stream.getvalue()
    assert "test_logging.py" in stream.getvalue()
    assert "password" not in stream.getvalue()


def test_our_own_errors_show_their_public_text_and_what_caused_them() -> None:
    """It is made for everybody."""
    stream = a_log()
    error = DependencyUnavailable("Redis does not answer", url="redis://secret@h")
    error.__cause__ = OSError("secret")
    structlog.get_logger("stellwerk").error("dependency-unavailable", exc_info=error)
    (line,) = lines(stream)
    assert ["Redis does not answer", None] == [each.get("public") for each in line["exception"]]
    assert "secret" not in stream.getvalue()


def test_banners_of_the_service_framework_are_left_out_and_its_faults_are_not() -> None:
    """A log line is a unit of work or a fault."""
    log = a_log()
    logging.getLogger("workers.entrypoints.shell").info("[^-%s]: Stopping...", "SmtpService")
    logging.getLogger("workers.entrypoints.shell").error("[^-%s]: Crashed reason=%r", "SmtpService", "x")
    assert ["[^-SmtpService]: Crashed reason='x'"] == [
        json.loads(line)["event"] for line in log.getvalue().splitlines()
    ]


@pytest.mark.parametrize("form", ["json", "human"])
def test_a_line_of_ours_names_its_module_and_ends(form: LogFormat) -> None:
    """As the libraries' lines do: both come by one handler."""
    stream = a_log(form)
    structlog.get_logger("workers.adapters.work_log").warning("work-done", stage="accept")
    logging.getLogger("aiokafka").warning("away")
    ours, theirs = stream.getvalue().splitlines()
    assert "workers.adapters.work_log" in ours
    assert "aiokafka" in theirs


def test_a_log_that_nobody_reads_any_more_ends_nothing() -> None:
    """The reader of our standard error may go before us."""
    stream = a_log()
    stream.close()
    structlog.get_logger("stellwerk").error("mail-accepted")
    assert stream.closed
