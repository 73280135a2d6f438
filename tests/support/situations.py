"""The commands of deploy/SITUATIONS.md, as a test plays them: all of a situation, in order, as they stand there."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.e2e.running_up import RunningUp

DOCUMENT = Path(__file__).parents[2] / "deploy" / "SITUATIONS.md"
_HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
_BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def situations() -> dict[str, list[list[str]]]:
    """By heading: the words of each command, without `stellwerk`."""
    parts = _HEADING.split(DOCUMENT.read_text("utf-8"))[1:]
    return {title: _commands(text) for title, text in zip(parts[::2], parts[1::2], strict=True)}


def _commands(text: str) -> list[list[str]]:
    lines = [line for block in _BLOCK.findall(text) for line in block.splitlines() if line.strip()]
    found = [shlex.split(line, comments=True) for line in lines]
    assert all(words[0] == "stellwerk" for words in found), found
    return [words[1:] for words in found]


class Play:
    """`where`: the files that the commands name. `words`: what an operator puts in for words of the document."""

    def __init__(self, up: RunningUp, title: str, where: Path, words: Mapping[str, str]) -> None:
        self._up = up
        self._left = situations()[title]
        self._where = where
        self._words = words

    def next(self, *begin: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        """The next command, which must begin so, and end with this exit code."""
        words = self._left.pop(0)
        assert list(begin) == words[: len(begin)]
        done = self._up.run(*(self._words.get(word, word) for word in words), where=self._where)
        assert code == done.returncode, (words, done.stdout, done.stderr)
        assert "Traceback" not in done.stderr
        return done

    @property
    def left(self) -> list[list[str]]:
        """Commands that were not played."""
        return self._left
