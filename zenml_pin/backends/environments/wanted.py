"""What a lock asks for, as plain values: all that the installer learns of a lock."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote

import attrs

# This package always comes from here, and so its own release never from a lock.
OWN = "zenml-pin"


@attrs.frozen
class Wanted:
    """One distribution that a lock asks for.

    Attributes:
        name: Its normalized name.
        requirement: A requirement without markers: "numpy==1.26.4", or "name @ URL" from a trusted lock.
        hashes: Its files' hashes as "sha256:..."; empty where the lock has none.
        wheels: The names of its wheels; None where the lock does not list them.
        file: The path of its file in the commit, where a trusted lock names one; the requirement is its name then.
        where: File and line, for messages.
    """

    name: str
    requirement: str
    hashes: tuple[str, ...] = ()
    wheels: tuple[str, ...] | None = None
    file: str | None = None
    where: str = ""

    def line(self, folder: str) -> str:
        """Return the line of the installer's file.

        Args:
            folder: The folder that has the files of the commit.
        """
        place = f" @ file://{quote(folder)}/{quote(self.file)}" if self.file is not None else ""
        return " ".join([self.requirement + place, *(f"--hash={text}" for text in self.hashes)])


@attrs.frozen
class Libraries:
    """All that a lock asks for in one Python.

    Attributes:
        wanted: The distributions, sorted by name.
        is_locked: Whether each has an exact version, and no other distribution is needed.
        notes: What a person should know: what was left out, what is not locked.
        options: Options for the installer; only from a trusted lock.
        constraints: Versions that other distributions must have, if they are needed.
    """

    wanted: tuple[Wanted, ...]
    is_locked: bool = True
    notes: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()

    @property
    def has_all_hashes(self) -> bool:
        """Whether every distribution has hashes, so that the installer can insist on them."""
        return self.is_locked and all(item.hashes for item in self.wanted)


class PythonMisfitError(Exception):
    """A lock has nothing for one Python; another one may fit. It does not leave this folder."""


def sorted_libraries(
    wanted: Iterable[Wanted],
    notes: Iterable[str] = (),
    *,
    is_locked: bool = True,
    options: Iterable[str] = (),
    constraints: Iterable[str] = (),
) -> Libraries:
    """Return libraries sorted by name, without this package itself."""
    items = sorted(wanted, key=lambda item: (item.name, item.requirement))
    told = [
        f"{item.where} asks for '{item.requirement}': this release runs instead"
        for item in items
        if item.name == OWN
    ]
    return Libraries(
        tuple(item for item in items if item.name != OWN),
        is_locked,
        (*notes, *told),
        tuple(dict.fromkeys(options)),
        tuple(constraints),
    )
