"""Facts of pins in the cache on disk, for `check` alone.

    key      the commit, the class, what names source roots, the pipelines folder, limits, and this Python
    value    the facts, the files to lay beside the code, and the packs that have all objects that decided
    objects  the ids of these objects, for when the packs have changed

What a commit alone decides never changes, so facts of a pin count as long as all these objects exist and the files
beside the code still have room in memory. Whoever writes the cache can change the answers; see `text_facts`.
"""

from __future__ import annotations

import sys

from zenml_pin.audit.facts.folders import Units
from zenml_pin.audit.facts.pin_facts import PinFacts, PinReader, Problem
from zenml_pin.base.environment import materialize_directory
from zenml_pin.base.lazy_attribute import lazy
from zenml_pin.base.version import __version__
from zenml_pin.errors import PinError
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.pins.choosing_roots import all_given, roots_of
from zenml_pin.pins.files_beside import room
from zenml_pin.pins.text_facts import TextMemo
from zenml_pin.source import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# Change it whenever the meaning of a fact changes.
_VERSION = 1


class KeptPins:
    """Finds facts of pins in the cache, and keeps them there.

    Args:
        reader: Finds those that are not in the cache.
        plain: The same without the cache.
    """

    def __init__(self, reader: PinReader, plain: PinReader) -> None:
        self._reader = reader
        self._plain = plain
        self._units: Units = reader.units
        self._texts: TextMemo = reader.units.texts
        # How many bytes can be laid in memory; -1 for none.
        self._room: int | None = None

    def read(self, source: Source, tree: CommitTree, problems: list[Problem]) -> PinFacts:
        """Return the facts about a source at its commit. Arguments and errors are those of `PinReader.read`."""
        key = f"pin {tree.commit.tree} {tree.commit_id} {source.module}.{source.name} {self._setting} {tree.limits}"
        known = self._texts.get(key) if self._units.is_own(tree) and source.roots_id is None else None
        if known is not None:
            fields, beside, packs = known
            if self._have_room(tree, *beside) and (packs == self._units.packs or self._are_there(key, known)):
                return PinFacts(*fields)
        try:
            facts = self._reader.read(source, tree, problems)
            needed = self._needed(facts, source, tree)
        except PinError:
            needed = frozenset()
        if needed is not None and not (needed and self._units.has(needed)):
            # What the cache knows of a text does not count without the text.
            problems.clear()
            return self._plain.read(source, tree, problems)
        if needed:
            beside = self._units.beside(tree, roots_of(source, tree), facts.unit)
            self._texts.put(f"objects {key}", (needed,))
            self._texts.put(key, (facts._fields(), beside, self._packs_of(needed)))
        return facts

    def _are_there(self, key: str, known: tuple[Any, ...]) -> bool:
        """Tell whether all objects that decided exist, and note the packs that have them."""
        objects = self._texts.get(f"objects {key}")
        if objects is None or not self._units.has(objects[0]):
            return False
        packs = self._packs_of(objects[0])
        if packs:
            self._texts.put(key, (*known[:2], packs))
        return True

    def _packs_of(self, needed: frozenset[bytes]) -> str:
        """Return what tells that the packs have some objects; "" if some of them have files of their own."""
        return self._units.packs if self._units.are_packed(needed) else ""

    def _needed(self, facts: PinFacts, source: Source, tree: CommitTree) -> frozenset[bytes] | None:
        return self._units.needed(tree, roots_of(source, tree), facts.unit) if facts.is_lasting else None

    def _have_room(self, tree: CommitTree, count: int, size: int) -> bool:
        if count and self._room is None:
            most = room(tree.limits)
            self._room = -1 if most is None else most
        return not count or (count <= tree.limits.file_count and size <= (self._room or 0))

    @lazy
    def _setting(self) -> str:
        """What else decides."""
        python = f"{sys.implementation.name} {sys.hexversion:x}"
        # A process without the importer has not been told where.
        at = sys.modules.get("zenml_pin.at")
        directory = at.registry.directory if at is not None else materialize_directory()
        is_materialized = directory is not None
        return f"{_VERSION} {__version__} {python} {self._units.pipelines!a} {all_given()} {is_materialized}"
