"""`--help` as people read it: paragraphs that fill the line, and no options that are about the shell."""

from __future__ import annotations

from typing import Any

_OF_THE_SHELL = ("install_completion", "show_completion")


def tidied(command: Any) -> Any:
    """The same command, with its help and that of the commands below it put in order."""
    command.help = filled(command.help) if command.help else command.help
    command.params = [each for each in command.params if each.name not in _OF_THE_SHELL]
    for inner in getattr(command, "commands", {}).values():
        tidied(inner)
    return command


def filled(text: str) -> str:
    """Lines of a paragraph become one, as wide as the terminal is; indented ones, as examples, stay."""
    paragraphs = text.split("\n\n")
    return "\n\n".join(each if each.startswith(" ") else " ".join(each.split("\n")) for each in paragraphs)
