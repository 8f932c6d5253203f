"""Values cross between environments as pickles: which libraries wrote and read one that cannot be opened."""

from __future__ import annotations

import pickletools
import re
from collections.abc import Iterable

import attrs

from zenml_pin.backends.environments.stored import StoredEnvironment
from zenml_pin.backends.environments.wanted import OWN
from zenml_pin.base.distribution_names import normal_name
from zenml_pin.base.distributions import packages
from zenml_pin.errors import ShippedError
from zenml_pin.pins.library_names import find_distribution

_NAME = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$")
_MOST_SHOWN = 5


@attrs.frozen
class InstalledLibraries:
    """The libraries on one side.

    Attributes:
        label: The side, in messages.
        versions: The version of each distribution by normalized name.
    """

    label: str
    versions: dict[str, str] = attrs.field(repr=False)

    @classmethod
    def here(cls) -> InstalledLibraries:
        """Return those of this process."""
        return cls("this process", {normal_name(name): version for name, version in packages().items()})

    @classmethod
    def of_environment(cls, environment: StoredEnvironment) -> InstalledLibraries:
        """Return those of an environment."""
        versions = {normal_name(name): version for name, version in environment.packages.items()}
        return cls(f"the environment of '{environment.lock}'", versions)


def unreadable(
    what: str, error: BaseException, data: bytes, writer: InstalledLibraries, reader: InstalledLibraries
) -> ShippedError:
    """Return an error for a pickle that cannot be opened. It names the versions on both sides.

    Args:
        what: The value, in messages.
        error: What opening it raised.
        data: The pickle.
        writer: Where it was written.
        reader: Where it was opened.
    """
    missing = libraries_of_module(str(getattr(error, "name", None) or ""))
    return ShippedError(
        f"{what} of {writer.label} cannot be opened in {reader.label}: {type(error).__name__}: {error}; "
        f"{versions_on_both_sides([data], writer, reader, missing)}",
        "return values that both versions can read, such as lists and dicts of numbers",
    )


def versions_on_both_sides(
    pickles: list[bytes],
    writer: InstalledLibraries,
    reader: InstalledLibraries,
    others: Iterable[str] = (),
) -> str:
    """Say which versions of the libraries in some pickles both sides have; first those that differ.

    Args:
        pickles: The pickles.
        writer: Where they were written.
        reader: Where they were opened.
        others: Normalized names of libraries to name as well.
    """
    names = sorted({name for data in pickles for name in libraries_in(data)}.union(others) - {OWN})
    shown = [name for name in names if name in writer.versions or name in reader.versions]
    shown.sort(key=lambda name: writer.versions.get(name) == reader.versions.get(name))
    if not shown:
        return "it names no library"
    return ", ".join(
        f"{name} {writer.versions.get(name, 'none')} wrote it and {reader.versions.get(name, 'none')} reads it"
        for name in shown[:_MOST_SHOWN]
    )


def libraries_in(data: bytes) -> set[str]:
    """Return the normalized names of the distributions whose modules a pickle may name. Opens nothing."""
    roots = set()
    try:
        for opcode, argument, _ in pickletools.genops(data):
            if isinstance(argument, str) and opcode.name != "UNICODE" and _NAME.match(argument.split(" ")[0]):
                roots.add(argument.partition(".")[0].split(" ")[0])
    except ValueError:
        return set()
    return {name for root in roots for name in libraries_of_module(root)}


def libraries_of_module(module: str) -> set[str]:
    """Return the normalized names that the distribution of a module may have; none without a module."""
    root = module.partition(".")[0]
    return {normal_name(name) for name in (root, find_distribution(root) or root)} if root else set()
