"""What must be published so that the directory becomes another one. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from schemas.directory import ENTITY_KINDS, Directory, DirectoryEntity

Entities = Mapping[str, DirectoryEntity]
"""By key, `kind/id`."""


@dataclass(frozen=True, slots=True)
class DirectoryDifferences:
    """`removed` are keys. Each part is in the order of the keys."""

    added: tuple[DirectoryEntity, ...] = ()
    changed: tuple[DirectoryEntity, ...] = ()
    removed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)


def directory_differences(current: Entities, wanted: Directory) -> DirectoryDifferences:
    """From what is published to what the file says."""
    return entity_differences(current, {entity.key: entity for entity in wanted.entities()})


def entity_differences(current: Entities, wanted: Entities) -> DirectoryDifferences:
    """Entities of a kind that we don't know are a newer version's: they stay."""
    return DirectoryDifferences(
        added=tuple(wanted[key] for key in sorted(wanted.keys() - current.keys())),
        changed=tuple(
            wanted[key] for key in sorted(wanted.keys() & current.keys()) if wanted[key] != current[key]
        ),
        removed=tuple(key for key in _ours(current.keys() - wanted.keys())),
    )


def _ours(keys: Iterable[str]) -> list[str]:
    return sorted(key for key in keys if key.partition("/")[0] in ENTITY_KINDS)
