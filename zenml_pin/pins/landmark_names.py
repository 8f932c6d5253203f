"""Names of landmarks: what counts in a folder and in the folders below it, and whether it is the same in two trees.

Of files such as `pkg/__init__.py` only the mode counts, and whether they exist.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence

from zenml_pin.git.objects.object_store import Objects
from zenml_pin.git.objects.tree import FOLDER, LINK

# The mode in octal digits, and the raw id.
Row = tuple[bytes, bytes]
FOLDER_MODE, LINK_MODE = b"%o" % FOLDER, b"%o" % LINK


class LandmarkNames:
    """What counts in one folder. Names are bytes, as in the tree.

    Attributes:
        whole: Names whose whole content counts.
        inside: Folders of which only some names count.
        prefixes: All names that begin with one of these count: their modes, and whether they exist.
        compared: Id of the last tree of which all that counts was the same, without links; "" if there is none.
    """

    def __init__(self) -> None:
        self.whole: set[bytes] = set()
        self.inside: dict[bytes, LandmarkNames] = {}
        self.prefixes: tuple[bytes, ...] = ()
        self.compared = ""

    def enter(self, name: str) -> LandmarkNames | None:
        """Return the names that count in a folder; None if all of them count."""
        key = os.fsencode(name)
        return None if key in self.whole else self.inside.setdefault(key, LandmarkNames())

    def add(self, name: str) -> None:
        """Add a name whose whole content counts."""
        self.whole.add(os.fsencode(name))
        self.inside.pop(os.fsencode(name), None)

    def add_prefix(self, prefix: str) -> None:
        """Add the beginning of names."""
        self.prefixes += (os.fsencode(prefix),)

    def _counts(self, name: bytes, old: Row | None, new: Row | None) -> bool:
        """Tell whether two rows of a name that differ differ in what counts."""
        if name in self.whole or name in self.inside:
            return True
        is_content = old is not None and new is not None and old[0] == new[0]
        return not is_content and name.startswith(self.prefixes)

    def has(self, name: bytes) -> bool:
        """Tell whether a name counts, folders of `inside` too."""
        return name in self.whole or name in self.inside or name.startswith(self.prefixes)

    def differ(
        self, objects: Objects, old: str, new: str, only: Collection[bytes] | None = None
    ) -> dict[bytes, tuple[Row, Row]] | None:
        """Return the rows of names that count and differ between two trees.

        None if one of them is only in one tree, or if there is a link in the new tree.

        Args:
            objects: The objects of the repository.
            old: Id of the old tree.
            new: Id of the new tree.
            only: The names that may differ, where that is known.
        """
        before = objects.rows(old)
        after = objects.rows_beside(new, before)
        # Where the old tree had no links, only what differs needs a look.
        if old != self.compared and any(
            mode == LINK_MODE and self.has(name) for name, mode in after.modes.items()
        ):
            return None
        certain: dict[bytes, tuple[Row, Row]] = {}
        for name in before.differing(after):
            if only is not None and name not in only:
                continue
            row, new_row = before.get(name), after.get(name)
            if self._counts(name, row, new_row):
                if row is None or new_row is None or new_row[0] == LINK_MODE:
                    return None
                certain[name] = row, new_row
        return certain


class LandmarkComparison:
    """One comparison of two trees.

    Args:
        objects: The objects of the repository.
        but: The path of a folder that may differ.
        ignored: Files at the top that may differ.
        only: The names at the top that may differ at all, where that is known.
    """

    def __init__(
        self,
        objects: Objects,
        but: Sequence[bytes] = (),
        ignored: frozenset[bytes] = frozenset(),
        only: Collection[bytes] | None = None,
    ) -> None:
        self._objects = objects
        self._but = tuple(but)
        self._ignored = ignored
        self._only = only

    def is_same(self, names: LandmarkNames, old: str, new: str) -> bool:
        """Tell whether all that counts is the same in two trees; if so, the names note the new one.

        False if it has a link.
        """
        compared: list[tuple[LandmarkNames, str]] = []
        if not self._compare(names, old, new, (), compared):
            return False
        for inside, tree_id in compared:
            inside.compared = tree_id
        return True

    def _compare(
        self,
        names: LandmarkNames,
        old: str,
        new: str,
        path: tuple[bytes, ...],
        compared: list[tuple[LandmarkNames, str]],
    ) -> bool:
        # A tree that is known to have the same as the old one, which may not have been read.
        old = names.compared or old
        if old == new:
            return True
        changed = names.differ(self._objects, old, new, None if path else self._only)
        if changed is None:
            return False
        for name, ((other_mode, other_id), (mode, raw_id)) in changed.items():
            if mode != other_mode:
                return False
            here = (*path, name)
            if here == self._but or (not path and name in self._ignored):
                continue
            inside = names.inside.get(name)
            if inside is None or mode != FOLDER_MODE:
                return False
            if not self._compare(inside, other_id.hex(), raw_id.hex(), here, compared):
                return False
        compared.append((names, new))
        return True
