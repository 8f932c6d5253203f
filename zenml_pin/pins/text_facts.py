r"""TextFacts: what the text of a Python file imports, whether it reaches further, and whether this Python can parse it.

A text is parsed once for all of these, and a blob once in a process: an audit sees the same few thousand blobs in the
trees of a thousand commits. Nothing is run.

>>> facts = read_facts(b"import a\nfrom ..b import c\n")
>>> [(statement.level, statement.module, statement.names) for statement in facts.imports]
[(0, None, ('a',)), (2, 'b', ('c',))]
"""

from __future__ import annotations

import marshal
import re

from zenml_pin.base.bounded import Bounded
from zenml_pin.base.lazy_attribute import lazy
from zenml_pin.base.this_python import this_python
from zenml_pin.git.objects.object_store import object_id
from zenml_pin.pins.changed_modules import SearchedTree, changes_others, changes_packages
from zenml_pin.pins.definitions import may_compute, parse_quietly, quietly
from zenml_pin.pins.exported_names import exports
from zenml_pin.pins.import_statements import ImportStatement, statements_of
from zenml_pin.pins.path_edits import may_use_path, uses_path
from zenml_pin.pins.text_parts import DYNAMIC, PartFacts, may_change_imports, may_reach, of_parts, reaches
from zenml_pin.pins.type_checking import NAME, false_expressions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from zenml_pin.cache import Cache
    from zenml_pin.git.storage.present_objects import PresentObjects
    from zenml_pin.pins.name_search import NameMemo

# A line of each text that may change which modules packages have, and of each that may give import statements of others
# another meaning, has one of these; `changed_modules` decides. Most lines with such words only read.
_MAY_CHANGE_PACKAGES = re.compile(rb"__path__|\.[ \t]*__all__|[\"']__all__[\"']|__all__[ \t]+as\b")
_MAY_CHANGE_OTHERS = re.compile(
    rb"\.[ \t]*TYPE_CHECKING\b(?!:[ \t]*(?:#|\r|\Z))|[\"']TYPE_CHECKING[\"']"
    rb"|(?<![\w.])__package__\b(?![ \t]*(?:==|[.)]|(?:and|is|not|or)\b))"
)
_MAY_CHANGE_MODULES = re.compile(
    rb"sys[ \t]*\.[ \t]*modules\b(?<! in sys\.modules)"
    rb"(?!\[[^\[\]\n]*\][ \t]*(?:[.)\r\n]|\Z)|\.(?:copy|get|items|keys|pop|values)\b)"
)
_OTHER_NAMES_OF_SYS = re.compile(rb"sys[ \t]+as\b|from[ \t]+sys[ \t]+import\b")
# What counts in a text that this Python cannot parse. Changes of a package's own `__path__`, where its modules are, and
# of the `__all__` of another one. `extend_path` only adds the folders of the same package in other roots.
_CHANGE = (
    rb"[ \t]*(?:\[[^\]\n]*\][ \t]*)?"
    rb"(?:=(?!=)(?![^\n]*extend_path)|[-+*]=|\.[ \t]*(?:append|extend|insert|remove|pop)\b)"
)
# The names of a module, as a dict: other dicts may have a key of that name, such as those of several agents of RLlib.
_DICT = rb"(?:__dict__|f_globals|(?:globals|vars)\([^()\n]*\))[ \t]*"
_OF_PACKAGES = re.compile(
    rb"(?:(?<![\w.])__path__|\.[ \t]*__all__|%b\[[ \t]*[\"']__all__[\"'][ \t]*\]|getattr\([^()\n]*__all__[^()\n]*\))%b"
    rb"|(?:setattr|%b\.[ \t]*(?:setdefault|update))\([^()\n]*__all__" % (_DICT, _CHANGE, _DICT)
)
# What gives the import statements of other texts another meaning: another name for a module, a TYPE_CHECKING that is
# true; and what gives one's own relative imports one.
_OF_OTHERS = re.compile(
    rb"modules[ \t]*(?:\[[^\]\n]*\][ \t]*=(?!=)|\.[ \t]*(?:setdefault|update)\b)"
    rb"|\.[ \t]*TYPE_CHECKING[ \t]*=(?!=)|setattr\([^()\n]*TYPE_CHECKING|(?<![\w.])__package__[ \t]*=(?!=)"
)
# The parts of a text in another encoding do not declare it.
_ENCODING = re.compile(rb"(?:[^\n]*\n)?[^\n]*coding[:=](?![ \t]*utf-?8\b)", re.IGNORECASE)
_KEPT = 16384
_KEPT_RESOLVED = 16384
_KEPT_NAMES = 4096
_NOT_READ: Any = object()
# Change it whenever the meaning of a fact changes.
_VERSION = 16


class TextFacts(PartFacts):
    """The facts about a text: those of all its parts, and whether this Python can parse it.

    Args:
        error: Why this Python cannot parse it: "" if it can, "syntax", or "depth" if it nests too deep.
        line: The line of a syntax error; None if that is unknown.
        changes_packages: Whether it may change which modules a package has, or which of them a star import takes.
    """

    error: str = ""
    line: int | None = None
    changes_packages: bool = False


# Those of an empty text.
NOTHING = TextFacts((), False, False, False, False)


def moved_lines(old: TextFacts, new: TextFacts) -> dict[int, int] | None:
    """Return the new line of each line with an import statement; None if more than lines differs."""
    if old.error or new.error or len(old.imports) != len(new.imports):
        return None
    if old.changes_packages != new.changes_packages:
        return None
    lines = {0: 0}
    for before, after in zip(old.imports, new.imports, strict=True):
        if before._fields()[1:] != after._fields()[1:]:
            return None
        if lines.setdefault(before.line, after.line) != after.line:
            return None
    return lines


class TextMemo:
    """Facts about texts, by blob id.

    Args:
        disk: Where facts are kept for the next process. Whoever writes there can make code look like other code, so
            only `check` has one; `pin`, `audit` and `verify` have what this process found out itself.
        present: The objects of the repository. What the disk has of a text counts only while the text is one of them.

    Attributes:
        resolved: What files import, by source roots and path; see `import_closure`.
        names: Where imported names lead; see `name_search`.
    """

    def __init__(self, disk: Cache | None = None, present: PresentObjects | None = None) -> None:
        self._disk = disk
        self._present = present
        self._facts: Bounded[str, TextFacts] = Bounded(_KEPT)
        self._exports: Bounded[str, tuple[str, ...] | None] = Bounded(_KEPT)
        self.resolved: Bounded[object, object] = Bounded(_KEPT_RESOLVED)
        self.names: NameMemo = Bounded(_KEPT_NAMES)

    @property
    def is_kept(self) -> bool:
        """Whether it keeps facts on the disk."""
        return self._disk is not None

    def find(self, blob_id: str) -> TextFacts | None:
        """Return the facts about a blob if they are known."""
        facts = self._facts.get(blob_id)
        if facts is None:
            fields = self.kept(blob_id, "text")
            if fields is not None:
                statements, *rest = fields
                facts = TextFacts(tuple(ImportStatement(*statement) for statement in statements), *rest)
                self._facts.add(blob_id, facts)
        return facts

    def share(self, blob_id: str, facts: TextFacts) -> None:
        """Keep facts that equal those of a blob instead of these: most commits change no import statement."""
        self._facts.add(blob_id, facts)

    def of_blob(self, blob_id: str, data: bytes) -> TextFacts:
        """Return the facts about a blob. A file of the working tree has no id, so its content is hashed."""
        blob_id = blob_id or object_id("blob", data)
        facts = self.find(blob_id)
        if facts is None:
            facts = self._facts.add(blob_id, read_facts(data))
            statements = [statement._fields() for statement in facts.imports]
            self.keep(blob_id, "text", (statements, *facts._fields()[1:]))
        return facts

    def reaches_further(self, blob_id: str, read: Callable[[], bytes]) -> bool:
        """Tell whether a blob uses a name by which code loads more than its import statements name.

        Args:
            blob_id: The blob.
            read: Returns its content, if the answer is not known.
        """
        facts = self.find(blob_id) or self.of_blob(blob_id, read())
        return facts.reaches

    def exports(self, blob_id: str, read: Callable[[], bytes]) -> tuple[str, ...] | None:
        """Return the names in the `__all__` of a blob, as `exports` does; None also if this Python cannot parse it."""
        known: tuple[str, ...] | None = self._exports.get(blob_id, _NOT_READ)
        if known is not _NOT_READ:
            return known
        data = b"" if blob_id else read()
        blob_id = blob_id or object_id("blob", data)
        kept = self.kept(blob_id, "exports")
        if kept is not None:
            return self._exports.add(blob_id, kept[0])
        try:
            names = exports(data or read())
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            names = None
        self.keep(blob_id, "exports", (names,))
        return self._exports.add(blob_id, names)

    def kept(self, blob_id: str, kind: str) -> Any:
        """Return facts of a kind about a text from the disk; None if they are not there, or the text is not."""
        if self._disk is None or self._present is None or not blob_id:
            return None
        facts = self.get(f"{kind} {blob_id}")
        return facts if facts is not None and self._present.has_blob(blob_id) else None

    def keep(self, blob_id: str, kind: str, facts: Any) -> None:
        """Keep facts of plain types about a text on the disk."""
        self.put(f"{kind} {blob_id}", facts)

    def get(self, key: str) -> Any:
        """Return a value from the disk, by what it is about; None if it is not there."""
        content = self._disk.get(f"{key} {self._kind}") if self._disk is not None else None
        return None if content is None else marshal.loads(content)

    def put(self, key: str, value: Any) -> None:
        """Keep a value of plain types on the disk."""
        if self._disk is not None:
            self._disk.put(f"{key} {self._kind}", marshal.dumps(value))

    @lazy
    def _kind(self) -> str:
        return f"facts {this_python()} {_VERSION}"


# Those of this process.
TEXT_MEMO = TextMemo()


def read_facts(data: bytes) -> TextFacts:
    """Return the facts about a text."""
    parts = None if _ENCODING.match(data) else quietly(of_parts, data)
    facts = _of_whole(data) if parts is None else TextFacts(*parts._fields())
    imports, is_known, *rest = facts._fields()[:-1]
    may_others, may_packages = not is_known and _may_change_others(data), _may_change_packages(data)
    if not may_others and not may_packages:
        return facts
    others, packages = _changes(data) if not facts.error else _changes_unparsed(data)
    return TextFacts(*(imports, is_known or others, *rest, packages))


def _may_change_packages(data: bytes) -> bool:
    return _is_in_line(_MAY_CHANGE_PACKAGES, data, b"__path__", b"__all__")


def _may_change_others(data: bytes) -> bool:
    if _is_in_line(_MAY_CHANGE_OTHERS, data, b"TYPE_CHECKING", b"__package__"):
        return True
    if b"modules" not in data or b"sys" not in data:
        return False
    return bool(_MAY_CHANGE_MODULES.search(data) or _is_in_line(_OTHER_NAMES_OF_SYS, data, b"sys"))


def _changes(data: bytes) -> tuple[bool, bool]:
    """Tell whether a text changes what import statements of others mean, and which modules packages have."""
    try:
        module = parse_quietly(data)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return _changes_unparsed(data)
    tree = SearchedTree(module)
    return changes_others(tree), changes_packages(tree)


def _changes_unparsed(data: bytes) -> tuple[bool, bool]:
    modules = (b"modules",) if b"sys" in data else ()
    return (
        _is_in_line(_OF_OTHERS, data, b"TYPE_CHECKING", b"__package__", *modules),
        _is_in_line(_OF_PACKAGES, data, b"__path__", b"__all__"),
    )


def _is_in_line(pattern: re.Pattern[bytes], data: bytes, *words: bytes) -> bool:
    """Tell whether a text has a pattern, in a line with one of some words: searching all lines takes far longer."""
    return any(pattern.search(data, *line) is not None for word in words for line in _lines_with(data, word))


def _lines_with(data: bytes, word: bytes) -> Iterator[tuple[int, int]]:
    """Yield where the lines with a word start and end."""
    at = data.find(word)
    while at >= 0:
        end = data.find(b"\n", at)
        end = len(data) if end < 0 else end
        yield data.rfind(b"\n", 0, at) + 1, end
        at = data.find(word, end)


def _of_whole(data: bytes) -> TextFacts:
    changes, may_use = may_change_imports(data), may_use_path(data)
    try:
        module = parse_quietly(data)
    except (SyntaxError, ValueError) as error:
        line = error.lineno if isinstance(error, SyntaxError) else None
        # In any syntax, code needs one of these words to reach further.
        has_word = any(name.encode() in data for name in {"import", *DYNAMIC})
        return TextFacts((), has_word, changes, True, may_use, "syntax", line)
    except (RecursionError, MemoryError):
        return TextFacts((), True, changes, True, may_use, "depth")
    # Most files do not contain the word, and need no search.
    false = false_expressions(module, may_compute(data)) if NAME.encode() in data else set()
    uses = may_use and uses_path(module)
    does_reach = uses or (may_reach(data) and reaches(module))
    return TextFacts(statements_of(module, false), does_reach, changes, True, uses)
