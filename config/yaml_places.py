"""YAML 1.2 files of operators, with the line of each value.

Read as people mean it: `NO` and `1.10` as keys stay text, dates stay text, a key twice is an error, nothing is
merged or constructed. Bounded: a file's size, its depth, and what aliases may expand it to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.constructor import SafeConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from workers.errors import WrongConfiguration

MAX_FILE_BYTES = 64 * 1024 * 1024
MAX_DEPTH = 50
MAX_REPEATED_VALUES = 100_000
KeyPath = tuple[str | int, ...]
_AS_WRITTEN = ("tag:yaml.org,2002:str", "tag:yaml.org,2002:timestamp")
_CONVERTED = tuple(f"tag:yaml.org,2002:{name}" for name in ("null", "bool", "int", "float"))


@dataclass(frozen=True, slots=True)
class YamlDocument:
    """Plain dicts, lists and scalars; `lines` has the line (from 1) of each key and list item by its path."""

    file: str
    value: object
    lines: Mapping[KeyPath, int]

    def line_of(self, path: KeyPath) -> int:
        """The line of the path, or of the nearest place above it that exists."""
        while path not in self.lines and path:
            path = path[:-1]
        return self.lines.get(path, 1)


def read_yaml(path: Path) -> YamlDocument:
    """Raises `WrongConfiguration` with file and line for what is not a file, not YAML, or too big."""
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise WrongConfiguration(f"{path}: cannot be read ({error.strerror}); check the path") from error
    if len(raw) > MAX_FILE_BYTES:
        raise WrongConfiguration(f"{path}: is larger than {MAX_FILE_BYTES} bytes; split what it describes")
    try:
        return parse_yaml(raw.decode("utf-8-sig"), str(path))
    except UnicodeDecodeError as error:
        raise WrongConfiguration(f"{path}: is not UTF-8 text; save it as UTF-8") from error


def parse_yaml(text: str, file: str) -> YamlDocument:
    """As `read_yaml`, from text; `file` only names it in errors."""
    try:
        node = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise WrongConfiguration(f"{file}:{line}: is not YAML: {error.problem or error.context}") from error
    except (YAMLError, RecursionError) as error:
        raise WrongConfiguration(f"{file}:1: is not YAML that can be read (or nested too deeply)") from error
    places = _Places(file)
    value = places.read(node, ()) if node is not None else None
    return YamlDocument(file, value, places.lines)


class _Places:
    """Turns nodes into values and notes their lines."""

    def __init__(self, file: str) -> None:
        self.lines: dict[KeyPath, int] = {}
        self._file = file
        self._seen: set[int] = set()
        self._repeated = 0
        self._constructor = SafeConstructor(loader=YAML(typ="safe", pure=True))

    def read(self, node: Node, path: KeyPath) -> object:
        self.lines.setdefault(path, node.start_mark.line + 1)
        self._bound(node, path)
        if isinstance(node, MappingNode):
            return self._mapping(node, path)
        if isinstance(node, SequenceNode):
            return [self.read(item, (*path, index)) for index, item in enumerate(node.value)]
        return self._scalar(node, path)

    def _bound(self, node: Node, path: KeyPath) -> None:
        self._repeated += id(node) in self._seen
        self._seen.add(id(node))
        if len(path) > MAX_DEPTH:
            raise self._wrong(node, path, "is nested too deeply (an alias inside itself?)")
        if self._repeated > MAX_REPEATED_VALUES:
            raise self._wrong(node, path, "aliases repeat too much; write it out")

    def _mapping(self, node: MappingNode, path: KeyPath) -> dict[str, object]:
        values: dict[str, object] = {}
        for key_node, value_node in node.value:
            key = self._key(key_node, path)
            if key in values:
                raise self._wrong(key_node, (*path, key), "is here twice; keep one of both")
            self.lines.setdefault((*path, key), key_node.start_mark.line + 1)
            values[key] = self.read(value_node, (*path, key))
        return values

    def _key(self, node: Node, path: KeyPath) -> str:
        if not isinstance(node, ScalarNode):
            raise self._wrong(node, path, "has a key that is not text")
        return str(node.value)

    def _scalar(self, node: Node, path: KeyPath) -> object:
        tag = str(node.tag)
        if tag in _AS_WRITTEN:
            return str(node.value)
        if tag not in _CONVERTED:
            raise self._wrong(node, path, "has a YAML tag; write plain values")
        try:
            converted: object = self._constructor.construct_object(node)
        except (YAMLError, ValueError) as error:
            raise self._wrong(node, path, "is not a number; put text in quotes") from error
        return converted

    def _wrong(self, node: Node, path: KeyPath, what: str) -> WrongConfiguration:
        where = ".".join(map(str, path)) or "(file)"
        return WrongConfiguration(f"{self._file}:{node.start_mark.line + 1}: {where}: {what}")
