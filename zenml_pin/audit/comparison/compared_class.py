"""Half: a class on one side of a comparison, with the files that count: its unit's, and what they import."""

from __future__ import annotations

import posixpath
from collections.abc import Hashable

from zenml_pin.audit.comparison.difference import Place, Role
from zenml_pin.audit.comparison.line_diff import is_binary, to_lines
from zenml_pin.audit.comparison.sides import Side
from zenml_pin.base.compat import lazy
from zenml_pin.errors import PinError
from zenml_pin.git.objects.tree import FOLDER, LINK, SUBMODULE, Entry
from zenml_pin.importing.source_roots import to_dotted
from zenml_pin.pins.import_closure import Closure, find_closure


class Half:
    """A class on a side. What it is asked for it finds once.

    Attributes:
        side: The side.
        place: Where the class is on it.
    """

    def __init__(self, side: Side, place: Place) -> None:
        self.side = side
        self.place = place

    @lazy
    def inside(self) -> dict[str, Entry]:
        """The files of the unit, by path."""
        return self.side.files(self.place.unit) if self.place.unit is not None else {}

    @lazy
    def outside(self) -> dict[str, Entry]:
        """The files outside of it that they import, by path."""
        if self.place.unit is None:
            return {}
        side = self.side
        names = find_closure(side.tree, side.roots, self.place.unit).outside
        return {path: entry for name in names for path, entry in side.files(side.real(name)).items()}

    @lazy
    def _module(self) -> Closure | None:
        """What the module alone imports."""
        path = self.place.path
        return None if path is None else find_closure(self.side.tree, self.side.roots, path)

    @lazy
    def _imported(self) -> frozenset[str]:
        return frozenset(self._module.outside if self._module is not None else ())

    def by_key(self) -> dict[Hashable, Entry]:
        """Return all files by what makes them the same on another side, wherever they lie."""
        unit = self.place.unit or ""
        keyed: dict[Hashable, Entry] = {
            ("outside", to_dotted(path, self.side.roots) or path): entry
            for path, entry in self.outside.items()
        }
        for path, entry in self.inside.items():
            keyed["inside", posixpath.relpath(path, unit or ".")] = entry
        return keyed

    def role(self, entry: Entry | None) -> Role | None:
        """Return what a file is to the class; None for none."""
        if entry is None:
            return None
        if entry.path in (self.place.path, self.place.defined):
            return Role.MODULE
        return Role.IMPORT if entry.path in self._imported else Role.FOLDER

    def chain(self, entry: Entry | None) -> tuple[str, ...]:
        """Return the files from the module to one that it imports, each importing the next."""
        return self._module.chain(entry.path) if entry is not None and self._module is not None else ()

    def lines(self, entry: Entry) -> list[str] | None:
        """Return a file's lines; None for what is no text or cannot be read."""
        try:
            data = self.side.read(entry) if entry.mode not in (LINK, SUBMODULE, FOLDER) else b"\0"
        except PinError:
            return None
        return None if is_binary(data) else to_lines(data)
