"""Facts of pins in the cache on disk, for `check` alone.

    key      the commit, the class, what names source roots, the pipelines folder, limits; and this Python, as all
             facts of `text_facts`
    value    what the report says of the commit, the facts, the files to lay beside the code, and the packs that have
             all objects that decided, the commit included
    objects  the ids of these objects, for when the packs have changed

What a commit alone decides never changes, so facts of a pin count as long as all these objects exist and the files
beside the code still have room in memory. Whoever writes the cache can change the answers; see `text_facts`.
"""

from __future__ import annotations

import sys

from zenml_pin.audit.facts.folders import Units
from zenml_pin.audit.facts.pin_facts import PinFacts, PinReader, Problem
from zenml_pin.audit.pin_report import CommitReport
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

    from zenml_pin.base.limits import Limits

# Change it whenever the meaning of a fact changes.
_VERSION = 3


class KeptPins:
    """Finds facts of pins in the cache, and keeps them there.

    Args:
        reader: Finds those that are not in the cache.
        plain: The same without the cache.
        limits: Those of the repository.
    """

    def __init__(self, reader: PinReader, plain: PinReader, limits: Limits) -> None:
        self._limits = limits
        self._found: dict[str, tuple[CommitReport, PinFacts] | None] = {}
        self._reader = reader
        self._plain = plain
        self._units: Units = reader.units
        self._texts: TextMemo = reader.units.texts
        # How many bytes can be laid in memory; -1 for none.
        self._room: int | None = None

    def find(self, source: Source) -> tuple[CommitReport, PinFacts] | None:
        """Return what the cache has: the commit of a source, and the facts about the source; None for nothing."""
        text = str(source)
        if text not in self._found:
            known = self._texts.get(self._key(source)) if source.roots_id is None else None
            if known is not None and self._have_room(known[2]) and self._are_there(source, known):
                self._found[text] = CommitReport(*known[0]), PinFacts(*known[1])
            else:
                self._found[text] = None
        return self._found[text]

    def read(
        self, source: Source, tree: CommitTree, commit: CommitReport, problems: list[Problem]
    ) -> PinFacts:
        """Return the facts about a source at its commit, and keep them with those about the commit.

        The other arguments, and errors, are those of `PinReader.read`.
        """
        try:
            facts = self._reader.read(source, tree, problems)
            needed = self._needed(facts, source, tree)
        except PinError:
            needed = frozenset()
        if needed is not None and not (needed and self._units.present.has_all(needed)):
            # Without the cache, the error names the object that is missing.
            problems.clear()
            return self._plain.read(source, tree, problems)
        if needed:
            beside = self._units.beside(tree, roots_of(source, tree), facts.unit)
            known = commit._fields(), facts._fields(), beside, self._packs_of(needed)
            self._texts.put(f"objects {self._key(source)}", (needed,))
            self._texts.put(self._key(source), known)
        return facts

    def _key(self, source: Source) -> str:
        return f"pin {source.commit_id} {source.module}.{source.name} {self._setting}"

    def _are_there(self, source: Source, known: tuple[Any, ...]) -> bool:
        """Tell whether all objects that decided exist, and note the packs that have them."""
        if known[3] == self._units.packs:
            return True
        objects = self._texts.get(f"objects {self._key(source)}")
        if objects is None or not self._units.present.has_all(objects[0]):
            return False
        packs = self._packs_of(objects[0])
        if packs:
            self._texts.put(self._key(source), (*known[:3], packs))
        return True

    def _packs_of(self, needed: frozenset[bytes]) -> str:
        """Return what tells that the packs have some objects; "" if some of them have files of their own."""
        return self._units.packs if self._units.are_packed(needed) else ""

    def _needed(self, facts: PinFacts, source: Source, tree: CommitTree) -> frozenset[bytes] | None:
        """Return the objects that decided; none of them if one is missing; None if others decide too."""
        if not facts.is_lasting or not self._units.is_own(tree):
            return None
        needed = self._units.needed(tree, roots_of(source, tree), facts.unit)
        return needed and needed | {bytes.fromhex(tree.commit_id)}

    def _have_room(self, beside: tuple[int, int]) -> bool:
        count, size = beside
        if count and self._room is None:
            most = room(self._limits)
            self._room = -1 if most is None else most
        return not count or (count <= self._limits.file_count and size <= (self._room or 0))

    @lazy
    def _setting(self) -> str:
        """What else decides."""
        # A process without the importer has not been told where.
        at = sys.modules.get("zenml_pin.at")
        directory = at.registry.directory if at is not None else materialize_directory()
        is_materialized = directory is not None
        settings = f"{self._units.pipelines!a} {all_given()} {is_materialized} {self._limits}"
        return f"{_VERSION} {__version__} {settings}"
