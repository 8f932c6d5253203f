"""ComparedClass: a class on one side of a comparison, with the files of its unit and the files that they import."""

from __future__ import annotations

import posixpath
from collections.abc import Hashable

from zenml_pin.audit.comparison.difference import Role, Side
from zenml_pin.audit.comparison.line_diff import is_binary, to_lines
from zenml_pin.audit.comparison.sides import SideReader
from zenml_pin.base.lazy_attribute import lazy
from zenml_pin.errors import PinError
from zenml_pin.git.objects.tree import FOLDER, LINK, SUBMODULE, Entry
from zenml_pin.importing.source_roots import to_dotted
from zenml_pin.pins.code_id import documents_folders, is_document, may_reach_further
from zenml_pin.pins.import_closure import Closure, find_closure
from zenml_pin.pins.unit import unit_of


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
        reader, names = self.reader, self._closure.outside
        return {path: entry for name in names for path, entry in reader.files(reader.real(name)).items()}

    @property
    def unparsed(self) -> tuple[str, ...]:
        """A sentence for each file that this Python cannot parse."""
        return tuple(self._closure.unparsed.values()) if self.side.unit is not None else ()

    @lazy
    def reaches_further(self) -> bool:
        """Whether the code may load more than its import statements name, or this Python cannot parse it."""
        return self.side.unit is not None and may_reach_further(self.reader.tree, self._closure)

    @property
    def uses_path(self) -> bool:
        """Whether the code uses `sys.path`, so that it may import from any folder of the repository."""
        return self.side.unit is not None and bool(self._closure.path_users)

    def further(self, is_whole: bool, is_anywhere: bool) -> dict[str, Entry]:
        """Return the other files that the code may read at run time, by path, as the code id counts them.

        Those of a working tree are the files that a commit could have.

        Args:
            is_whole: Whether that is every file of the source roots, because code of one side reaches further.
            is_anywhere: Whether it is also every Python file outside them, because code of one side uses `sys.path`.
        """
        if self.side.unit is None:
            return {}
        roots = self.reader.roots
        folders = roots if is_whole else sorted({unit_of(path, roots) for path in self._closure.outside})
        files = {
            path: entry
            for folder in folders
            for path, entry in self.reader.files(folder, ignored=False).items()
            if is_whole or not path.endswith(".py")
        }
        if is_anywhere and "" not in folders:
            everywhere = self.reader.files("", ignored=False)
            files |= {path: entry for path, entry in everywhere.items() if path.endswith(".py")}
        return {
            path: entry
            for path, entry in files.items()
            if path not in self.inside and path not in self.outside
        }

    @lazy
    def _closure(self) -> Closure:
        """The imports of the unit."""
        return find_closure(self.reader.tree, self.reader.roots, self.side.unit or "")

    def _is_document(self, entry: Entry) -> bool:
        """Tell whether a file is a pipeline document or a bundle, which code does not depend on."""
        if posixpath.dirname(entry.path) not in documents_folders(self.reader.roots):
            return False
        try:
            return is_document(entry.path, entry, lambda: self.reader.read(entry))
        except PinError:
            return False

    @lazy
    def _module(self) -> Closure | None:
        """The imports of the module alone."""
        path = self.side.path
        return None if path is None else find_closure(self.reader.tree, self.reader.roots, path)

    @lazy
    def _imported(self) -> frozenset[str]:
        return frozenset(self._module.outside if self._module is not None else ())

    def by_key(self, is_whole: bool, is_anywhere: bool) -> dict[Hashable, Entry]:
        """Return all files by a key that the same file has on the other side too, even in another folder.

        Args:
            is_whole: As in `further`.
            is_anywhere: As in `further`.
        """
        keyed: dict[Hashable, Entry] = {}
        for path, entry in (*self.outside.items(), *self.further(is_whole, is_anywhere).items()):
            key = "outside", to_dotted(path, self.reader.roots) or path
            # Files of two source roots may have the same name; the first is imported.
            keyed[("further", path) if key in keyed else key] = entry
        for path, entry in self.inside.items():
            keyed["inside", posixpath.relpath(path, self.side.unit or ".")] = entry
        return {key: entry for key, entry in keyed.items() if not self._is_document(entry)}

    def role(self, entry: Entry | None) -> Role | None:
        """Return the role of a file for the class; None without a file."""
        if entry is None:
            return None
        if entry.path in (self.side.path, self.side.defined):
            return Role.MODULE
        if entry.path in self._imported:
            return Role.IMPORT
        return Role.FOLDER if entry.path in self.inside or entry.path in self.outside else Role.FURTHER

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
