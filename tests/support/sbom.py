"""The software bill of materials of the container image, as CycloneDX JSON: `make sbom` writes deploy/sbom.cdx.json.

Made from deploy/requirements.lock alone (names, versions, hashes, and who needs whom), so the same lock gives the same
file. It covers the Python packages; what the base image brings is told by a scan of the image itself.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cyclonedx.model import ExternalReference, ExternalReferenceType, HashAlgorithm, HashType, XsUri
from cyclonedx.model.bom import Bom
from cyclonedx.model.bom_ref import BomRef
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

ROOT = Path(__file__).parents[2]
LOCK = ROOT / "deploy" / "requirements.lock"
PYPROJECT = ROOT / "pyproject.toml"
US = "stellwerk"
_PINNED = re.compile(r"^(?P<name>[a-z0-9][a-z0-9._-]*)(\[[^\]]*\])?==(?P<version>[^\s;]+)(?P<rest>.*)$")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_NEEDED_BY = re.compile(r"^ +#   (?P<who>[a-z][^ ]*)")


@dataclass(frozen=True, slots=True)
class Package:
    """A line of the lock. `needed_by`: names of packages, `stellwerk` among them."""

    name: str
    version: str
    hashes: tuple[str, ...]
    needed_by: tuple[str, ...]


def locked_packages(lock: str) -> tuple[Package, ...]:
    """In the lock's order. `uv` writes each package's hashes, and then who needs it."""
    return tuple(_package(block) for block in _blocks(lock.splitlines()))


def sbom(lock: str, version: str) -> str:
    """The document. Without time and serial number, which would differ each time."""
    packages = locked_packages(lock)
    us = Component(
        name=US, version=version, type=ComponentType.APPLICATION, bom_ref=US, purl=_purl(US, version)
    )
    components = {package.name: _component(package) for package in packages}
    bom = Bom(components=components.values())
    bom.serial_number = None  # type: ignore[assignment]  # as the library's own tool does it
    bom.metadata.component = us
    bom.metadata.timestamp = None  # type: ignore[assignment]  # as above
    for name, component in {US: us, **components}.items():
        needs = [components[each.name] for each in packages if name in each.needed_by]
        bom.register_dependency(component, needs)
    return JsonV1Dot6(bom).output_as_string(indent=1) + "\n"


def _blocks(lines: list[str]) -> Iterator[list[str]]:
    block: list[str] = []
    for line in lines:
        if _PINNED.match(line):
            if block:
                yield block
            block = []
        if block or _PINNED.match(line):
            block.append(line)
    if block:
        yield block


def _package(block: list[str]) -> Package:
    found = _PINNED.match(block[0])
    assert found is not None
    who = [match["who"] for line in block if (match := _NEEDED_BY.match(line.replace("# via ", "#   ")))]
    return Package(found["name"], found["version"], tuple(_HASH.findall("\n".join(block))), tuple(who))


def _component(package: Package) -> Component:
    """A package has several files (wheels, source), each with its hash: they are its distributions."""
    distribution = ExternalReference(
        type=ExternalReferenceType.DISTRIBUTION,
        url=XsUri(f"https://pypi.org/project/{package.name}/{package.version}/#files"),
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=each) for each in package.hashes],
    )
    return Component(
        name=package.name,
        version=package.version,
        type=ComponentType.LIBRARY,
        bom_ref=str(BomRef(package.name).value),
        purl=_purl(package.name, package.version),
        external_references=[distribution],
    )


def _purl(name: str, version: str) -> PackageURL:
    return PackageURL("pypi", name=name, version=version)


def _version() -> str:
    found = re.search(r'^version = "([^"]+)"', PYPROJECT.read_text("utf-8"), re.MULTILINE)
    assert found is not None
    return found[1]


def image_sbom() -> str:
    """Of the image that the repository builds now."""
    return sbom(LOCK.read_text("utf-8"), _version())


if __name__ == "__main__":
    sys.stdout.write(image_sbom())
