"""ComparedClass: a class on one side of a comparison, with the files of its unit and the files that they import."""

from __future__ import annotations

import posixpath
from collections.abc import Hashable, Iterator

from zenml_pin.audit.comparison.difference import Role, Side
from zenml_pin.audit.comparison.line_diff import is_binary, to_lines
from zenml_pin.audit.comparison.sides import SideReader
from zenml_pin.base.lazy_attribute import lazy
from zenml_pin.errors import PinError
from zenml_pin.git.objects.tree import FOLDER, LINK, SUBMODULE, Entry
from zenml_pin.importing.source_roots import to_dotted
from zenml_pin.pins.import_closure import Closure, find_closure, is_inside


class ComparedClass:
    """A class on one side of a comparison. Computes each answer once.

    Attributes:
        reader: Reads the side's files.
        side: The location of the class.
    """

    def __init__(self, reader: SideReader, side: Side) -> None:
        self.reader = reader
        self.side = side

    @lazy
    def inside(self) -> dict[str, Entry]:
        """The files of the unit, by path."""
        return self.reader.files(self.side.unit) if self.side.unit is not None else {}

    @lazy
    def outside(self) -> dict[str, Entry]:
        """The files outside the unit that the unit imports, by path."""
        if self.side.unit is None:
            return {}
        reader = self.reader
        names = self._closure.outside if not self.unparsed else tuple(self._python_files())
        return {path: entry for name in names for path, entry in reader.files(reader.real(name)).items()}

    @property
    def unparsed(self) -> tuple[str, ...]:
        """A sentence for each file that this Python cannot parse. With one, every Python file counts."""
        return tuple(self._closure.unparsed.values()) if self.side.unit is not None else ()

    @lazy
    def _closure(self) -> Closure:
        """The imports of the unit."""
        return find_closure(self.reader.tree, self.reader.roots, self.side.unit or "")

    def _python_files(self) -> Iterator[str]:
        """Yield the Python files of the source roots that are not in the unit."""
        for root in self.reader.roots:
            for path in self.reader.files(root):
                if path.endswith(".py") and not is_inside(self.side.unit or "", path):
                    yield path

    @lazy
    def _module(self) -> Closure | None:
        """The imports of the module alone."""
        path = self.side.path
        return None if path is None else find_closure(self.reader.tree, self.reader.roots, path)

    @lazy
    def _imported(self) -> frozenset[str]:
        return frozenset(self._module.outside if self._module is not None else ())

    def by_key(self) -> dict[Hashable, Entry]:
        """Return all files by a key that the same file has on the other side too, even in another folder."""
        unit = self.side.unit or ""
        keyed: dict[Hashable, Entry] = {
            ("outside", to_dotted(path, self.reader.roots) or path): entry
            for path, entry in self.outside.items()
        }
        for path, entry in self.inside.items():
            keyed["inside", posixpath.relpath(path, unit or ".")] = entry
        return keyed

    def role(self, entry: Entry | None) -> Role | None:
        """Return the role of a file for the class; None without a file."""
        if entry is None:
            return None
        if entry.path in (self.side.path, self.side.defined):
            return Role.MODULE
        return Role.IMPORT if entry.path in self._imported else Role.FOLDER

    def chain(self, entry: Entry | None) -> tuple[str, ...]:
        """Return the files from the module to a file that it imports; each file imports the next."""
        return self._module.chain(entry.path) if entry is not None and self._module is not None else ()

    def lines(self, entry: Entry) -> list[str] | None:
        """Return a file's lines; None if it is not text or cannot be read."""
        try:
            data = self.reader.read(entry) if entry.mode not in (LINK, SUBMODULE, FOLDER) else b"\0"
        except PinError:
            return None
        return None if is_binary(data) else to_lines(data)
