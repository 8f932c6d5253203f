"""ClassChanges: whether the text of a class or function differs between commits, with as little parsing as possible.

Most commits that change a module share its text with others, so every fact belongs to a text (a blob) or to a pair of
texts. Of most texts only the head is parsed, which is often the same:

    head       line 1 ... import b
    rest       @decorator class C: ... a line of C ... last line

If one line alone may open a class of that name, at the margin, and the head can be parsed with a class below it, that
line opens the class. Where the rests of two texts are the same, so is the class. If the first line that differs is
inside the class of either text, the class differs: it ends, at the earliest, at the next line at the margin. In all
other cases both texts are parsed.

Facts about texts are kept in ZENML_PIN_CACHE. Their keys have the ids of the texts, Python's version and `_VERSION`.
"""

from __future__ import annotations

import os
import re
import sys

import attrs

from zenml_pin import cache
from zenml_pin.audit.comparison.bindings import can_be_cut, find_binding
from zenml_pin.audit.comparison.class_text import find_segment
from zenml_pin.audit.comparison.line_diff import decode_lines
from zenml_pin.base.bounded import Bounded
from zenml_pin.base.hashing import hex_digest
from zenml_pin.errors import LimitError, PinError
from zenml_pin.git.objects.commit import Commit
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.git.objects.object_store import FAULTS, Objects
from zenml_pin.git.objects.tree import EXECUTABLE, FILE
from zenml_pin.importing.source_roots import source_roots
from zenml_pin.pins.definitions import Definitions
from zenml_pin.pins.first_parents import UnitAt
from zenml_pin.pins.pinning import imported_path

# Change it whenever the meaning of a fact changes.
_VERSION = 3
_PYTHON = ".".join(map(str, sys.version_info[:2]))
# How many imports of imports are followed to the class statement; circular imports end here too.
_MAX_IMPORTS = 10
# A walk compares neighbours.
_KEPT_TEXTS, _KEPT_HEADS = 4, 16
_FILES = b"%o" % FILE, b"%o" % EXECUTABLE
# A line that may end a class at the margin; comments and empty lines do not.
_MARGIN = re.compile(r"\n[^ \t\n#]")
_NEXT_CODE = re.compile(r"^([ \t]*)([^ \t\n#])", re.MULTILINE)


@attrs.frozen
class ClassText:
    """What a module's text has under the name of a class.

    Attributes:
        digest: A hash of the lines of its definition.
        imported: The module (with its dots) and the name there, if the class is only imported.
    """

    digest: str
    imported: tuple[str, str] | None


@attrs.frozen
class Place:
    """A class at a commit.

    Attributes:
        commit: The commit.
        unit: The location of the module there.
    """

    commit: Commit
    unit: UnitAt


@attrs.frozen
class _Rest:
    """A text from the start of a class on.

    Attributes:
        text: The text.
        opening: Where the line starts that opens the class; before it are decorators.
    """

    text: str
    opening: int


class ClassChanges:
    """Compares the text of classes of one name. A text that is too large counts as one without the class.

    Args:
        objects: The objects of the repository.
        name: The class.
        disk: Where facts are kept; None for this process only.
    """

    def __init__(self, objects: Objects, name: str, disk: cache.Cache | None) -> None:
        self._objects = objects
        self._name = name
        # Two patterns: one that begins with a word is searched ten times faster than one of alternatives.
        self._patterns = [re.compile(rf"{word}[\s\\]+{re.escape(name)}\b") for word in ("class", "def")]
        self._disk = disk
        self._texts: Bounded[str, str] = Bounded(_KEPT_TEXTS)
        self._facts: dict[str, ClassText | None] = {}
        self._rests: Bounded[str, _Rest | None] = Bounded(_KEPT_TEXTS)
        # By head: where the class below it starts, decorators included.
        self._starts: Bounded[str, int | None] = Bounded(_KEPT_HEADS)
        # Texts that define the class, as a comparison has shown.
        self._defining: set[str] = set()

    def have_changed(self, old: Place | None, new: Place) -> bool | None:
        """Tell whether the class differs from an older commit's; True if that has none; None if the newer has none."""
        old_id = self._blob_at(old) if old is not None else None
        new_id = self._blob_at(new)
        if old_id is not None and new_id is not None:
            if old_id == new_id and self._is_defined(new_id):
                return False
            if old_id != new_id and (differ := self._differ(old_id, new_id)) is not None:
                return differ
        digest = self._digest(new)
        return None if digest is None else old is None or digest != self._digest(old)

    def kind_at(self, place: Place) -> str:
        """Return what the name stands for at a commit: "function", or "class" for all else."""
        blob_id = self._blob_at(place)
        try:
            segment = None if blob_id is None else find_segment(self._text(blob_id), self._name)
        except LimitError:
            segment = None
        return "class" if segment is None else segment.kind

    def _differ(self, old_id: str, new_id: str) -> bool | None:
        """Tell whether two texts define the class differently; None if one may not define it, or it is not certain."""
        key = f"class pair {old_id} {new_id}"
        known = self._get(key)
        if known is None:
            old, new = self._find_class(old_id), self._find_class(new_id)
            differ = None if old is None or new is None else _differ(old, new)
            known = b"" if differ is None else b"%d" % differ
            self._put(key, known)
        if not known:
            return None
        self._defining.update((old_id, new_id))
        return known == b"1"

    def _find_class(self, blob_id: str) -> _Rest | None:
        """Return a text from the class on; None if another line may open it too, or if the head cannot be parsed."""
        if blob_id not in self._rests:
            self._rests.add(blob_id, self._read_class(blob_id))
        return self._rests[blob_id]

    def _read_class(self, blob_id: str) -> _Rest | None:
        try:
            text = self._text(blob_id)
        except LimitError:
            return None
        opening = _only_opening(text, self._patterns)
        if opening is None:
            return None
        head = text[:opening]
        if head not in self._starts:
            self._starts.add(head, _find_start(head, self._name))
        start = self._starts[head]
        return None if start is None else _Rest(text[start:], opening - start)

    def _digest(self, place: Place) -> str | None:
        """Return the hash of the class's lines, imports inside the repository followed; None if there is none."""
        try:
            blob_id = self._blob_at(place)
            fact = self._fact(blob_id) if blob_id is not None else None
            if fact is not None and fact.imported is None:
                return fact.digest
            tree = self._tree(place)
            return self._follow(tree, source_roots(tree), place.unit.path, self._name, 0)
        except FAULTS:
            raise
        except PinError:
            return None

    def _tree(self, place: Place) -> CommitTree:
        self._objects.note(place.commit)
        return CommitTree(self._objects, place.commit.id)

    def _follow(
        self, tree: CommitTree, roots: tuple[str, ...], path: str, name: str, depth: int
    ) -> str | None:
        entry = tree.find(path)
        if entry is None or not entry.is_file or depth > _MAX_IMPORTS:
            return None
        try:
            fact = self._fact(entry.id, name)
        except LimitError:
            return None
        if fact is not None and fact.imported is None:
            return fact.digest
        imports = [fact.imported] if fact is not None and fact.imported else self._stars(entry.id, name)
        for module, imported_name in imports:
            target = imported_path(tree, roots, entry.path, module)
            digest = (
                self._follow(tree, roots, target, imported_name, depth + 1) if target is not None else None
            )
            if digest is not None:
                return digest
        return None if fact is None else fact.digest

    def _stars(self, blob_id: str, name: str) -> list[tuple[str, str]]:
        return [(star, name) for star in Definitions.of(self._objects.blob(blob_id)).stars]

    def _blob_at(self, place: Place) -> str | None:
        """Return the id of the module's text; None if it is not a plain file."""
        folder, _, name = place.unit.path.rpartition("/")
        try:
            if folder and folder == place.unit.folder:
                row = self._objects.rows(place.unit.id).get(os.fsencode(name))
                if row is not None and row[0] in _FILES:
                    return row[1].hex()
            entry = self._tree(place).find(place.unit.path)
        except LimitError:
            return None
        return entry.id if entry is not None and entry.is_file else None

    def _is_defined(self, blob_id: str) -> bool:
        if blob_id in self._defining or self._find_class(blob_id) is not None:
            self._defining.add(blob_id)
            return True
        try:
            fact = self._fact(blob_id)
        except LimitError:
            return False
        return fact is not None and fact.imported is None

    def _fact(self, blob_id: str, name: str | None = None) -> ClassText | None:
        name = self._name if name is None else name
        key = blob_id if name == self._name else f"{blob_id} {name}"
        if key not in self._facts:
            self._facts[key] = self._read_fact(blob_id, name)
        return self._facts[key]

    def _read_fact(self, blob_id: str, name: str) -> ClassText | None:
        key = f"class text {blob_id} {name}"
        content = self._get(key)
        if content is not None:
            return _decode(content)
        segment = find_segment(self._text(blob_id), name)
        fact = None
        if segment is not None:
            text = "\n".join(segment.lines).encode("utf-8", "surrogatepass")
            fact = ClassText(hex_digest(text), segment.imported)
        self._put(key, _encode(fact))
        return fact

    def _text(self, blob_id: str) -> str:
        text = self._texts.get(blob_id)
        return self._texts.add(blob_id, decode_lines(self._objects.blob(blob_id))) if text is None else text

    def _get(self, key: str) -> bytes | None:
        return None if self._disk is None else self._disk.get(self._key(key))

    def _put(self, key: str, content: bytes) -> None:
        if self._disk is not None:
            self._disk.put(self._key(key), content)

    def _key(self, key: str) -> str:
        return f"{key} {self._name} {_PYTHON} {_VERSION}"


def _encode(fact: ClassText | None) -> bytes:
    if fact is None:
        return b""
    return "\n".join((fact.digest, *(fact.imported or ()))).encode("utf-8", "surrogatepass")


def _decode(content: bytes) -> ClassText | None:
    if not content:
        return None
    digest, *imported = content.decode("utf-8", "surrogatepass").split("\n")
    return ClassText(digest, (imported[0], imported[1]) if imported else None)


def _only_opening(text: str, patterns: list[re.Pattern[str]]) -> int | None:
    """Return where the one line starts that may open a class or function, if it is at the margin; else None."""
    openings = [
        (start, match[0])
        for pattern in patterns
        for match in pattern.finditer(text)
        if text[(start := text.rfind("\n", 0, match.start()) + 1) : match.start()].strip() in ("", "async")
    ]
    if len(openings) != 1:
        return None
    start, words = openings[0]
    return None if text[start].isspace() or "\\" in words else start


def _find_start(head: str, name: str) -> int | None:
    """Return where a class starts that follows a head, decorators included; None if the head cannot be parsed."""
    if not can_be_cut(head):
        return None
    try:
        binding = find_binding(f"{head}class {name}: 0\n", name)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    lines = head.split("\n")
    is_class = binding is not None and binding.is_definition and binding.line == len(lines)
    return (
        sum(len(line) + 1 for line in lines[: binding.first - 1])
        if binding is not None and is_class
        else None
    )


def _differ(old: _Rest, new: _Rest) -> bool | None:
    """Tell whether the classes at the start of two texts differ; None if that is not certain."""
    if old == new:
        return False
    if old.opening != new.opening:
        # Decorators count only in a text that can be parsed.
        return None
    start = _first_difference(old.text, new.text)
    return True if any(_is_inside(rest, start) for rest in (old, new)) else None


def _first_difference(one: str, other: str) -> int:
    """Return where the first line that differs starts in two texts."""
    common, end = 0, min(len(one), len(other))
    while common < end:
        middle = (common + end + 1) // 2
        if one[common:middle] == other[common:middle]:
            common = middle
        else:
            end = middle - 1
    # Where one ends and the other has a further line, that line is the first one.
    ends_a_line = all(text[common : common + 1] in ("", "\n") for text in (one, other))
    return common + 1 if ends_a_line else one.rfind("\n", 0, common) + 1


def _is_inside(rest: _Rest, start: int) -> bool:
    """Tell whether the line of a text that starts at a place is certainly in the class; one that it lacks is not."""
    text, opening = rest.text, rest.opening
    if start <= opening:
        return start == opening
    # A form feed moves the rest of its line to the margin.
    if start > len(text) or "\f" in text or _MARGIN.search(text, text.index("\n", opening), start):
        return False
    code = _NEXT_CODE.search(text, start)
    return code is not None and code[1] != "" and not code[2].isspace()
