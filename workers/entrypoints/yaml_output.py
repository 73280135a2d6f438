"""Resources as YAML for people and for `kubectl`."""

from collections.abc import Mapping, Sequence
from io import StringIO
from typing import Any

from ruamel.yaml import YAML


def as_yaml(resources: Sequence[Mapping[str, Any]]) -> str:
    """One document each."""
    yaml = YAML()
    yaml.explicit_start = True
    text = StringIO()
    yaml.dump_all(resources, text)
    return text.getvalue()
