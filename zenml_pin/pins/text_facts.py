r"""TextFacts: what the text of a Python file imports, whether it reaches further, and whether this Python can parse it.

A text is parsed once for all of these, and a blob once in a process: an audit sees the same few thousand blobs in the
trees of a thousand commits. Nothing is run.

>>> facts = read_facts(b"import a\nfrom ..b import c\n")
>>> [(statement.level, statement.module, statement.names) for statement in facts.imports]
[(0, None, ('a',)), (2, 'b', ('c',))]
"""

from __future__ import annotations

import ast
import marshal
import re
import sys
from itertools import pairwise

from zenml_pin.base.bounded import Bounded
from zenml_pin.base.hashing import hex_digest
from zenml_pin.base.values import Value
from zenml_pin.git.objects.object_store import object_id
from zenml_pin.pins.definitions import exports, is_plain, parse_quietly, quietly

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from zenml_pin.cache import Cache

_TYPING = ("typing", "typing_extensions")
# Names by which code loads modules and files without an import statement.
_REACHING = {"importlib", "imp", "runpy", "pkgutil", "zipimport", "builtins", "exec", "eval"}
_DYNAMIC = _REACHING | {
    "__import__",
    "__lazy_import__",
    "__builtins__",
    "__file__",
    "__loader__",
    "__spec__",
    "__path__",
}
# One pattern for each word: a pattern that begins with a letter is searched ten times faster than one of alternatives.
_DYNAMIC_WORDS = [
    (word, re.compile(rb"%b(?<!\w%b)\b" % (word, word)))
    for word in (name.encode() for name in sorted(_DYNAMIC))
]
# In the order of the text.
_BLOCKS = ("body", "handlers", "orelse", "finalbody", "cases")
# Where a text is cut into parts: if each part can be parsed alone, the text has the statements of its parts.
_CUTS = re.compile(rb"\n\n(?=@|def |class |async def )")
# Of these the parts are not what the text is: an encoding that is declared once, other ends of lines, and names whose
# meaning depends on the whole text.
_WHOLE = (b"\r", b"TYPE_CHECKING", b"barry_as_FLUFL")
_ENCODING = re.compile(rb"(?:[^\n]*\n)?[^\n]*coding[:=](?![ \t]*utf-?8\b)", re.IGNORECASE)
_KEPT = 16384
_KEPT_PARTS = 65536
# An audit goes through a history, where most files stay the same.
_KEPT_RESOLVED = 2048
# The last number is the version of this file: change it whenever the meaning of a fact changes.
_KEY = f"{{}} facts {'.'.join(map(str, sys.version_info[:2]))} 1"


class ImportStatement(Value):
    """One import statement.

    Args:
        line: Its line, counted from 1.
        level: How many dots it begins with.
        module: What stands after "from", without dots; None for `import a, b`, and for `from . import a`.
        names: The imported names, "*" included.
        is_from: Whether it is a `from ... import`.
    """

    line: int
    level: int
    module: str | None
    names: tuple[str, ...]
    is_from: bool


class TextFacts(Value):
    """The facts.

    Args:
        imports: The import statements that may run, in order.
        may_reach: Whether it contains a word by which code loads more than its import statements name.
        error: Why this Python cannot parse it: "" if it can, "syntax", or "depth" if it nests too deep.
        line: The line of a syntax error; None if that is unknown.
    """

    imports: tuple[ImportStatement, ...] = ()
    may_reach: bool = False
    error: str = ""
    line: int | None = None


class TextMemo:
    """Facts about texts, by blob id.

    Args:
        disk: Where facts are kept for the next process. Whoever writes there can make code look like other code, so
            only `check` has one; `pin`, `audit` and `verify` have what this process found out itself.

    Attributes:
        resolved: What files import in trees of one shape; see `import_closure`.
    """

    def __init__(self, disk: Cache | None = None) -> None:
        self._disk = disk
        self._facts: Bounded[str, TextFacts] = Bounded(_KEPT)
        self._reaching: Bounded[str, bool] = Bounded(_KEPT)
        self._exports: Bounded[str, tuple[str, ...] | None] = Bounded(_KEPT)
        self.resolved: Bounded[object, object] = Bounded(_KEPT_RESOLVED)

    def find(self, blob_id: str) -> TextFacts | None:
        """Return the facts about a blob if they are known."""
        facts = self._facts.get(blob_id)
        if facts is None and blob_id and self._disk is not None:
            fields = self.get(f"text {blob_id}")
            if fields is not None:
                statements, *rest = fields
                facts = TextFacts(tuple(ImportStatement(*statement) for statement in statements), *rest)
                self._facts.add(blob_id, facts)
        return facts

    def of_blob(self, blob_id: str, data: bytes) -> TextFacts:
        """Return the facts about a blob. A file of the working tree has no id, so its content is hashed."""
        blob_id = blob_id or object_id("blob", data)
        facts = self.find(blob_id)
        if facts is None:
            facts = self._facts.add(blob_id, read_facts(data))
            statements = [statement._fields() for statement in facts.imports]
            self.put(f"text {blob_id}", (statements, facts.may_reach, facts.error, facts.line))
        return facts

    def reaches_further(self, blob_id: str, read: Callable[[], bytes]) -> bool:
        """Tell whether a blob uses a name by which code loads more than its import statements name.

        Args:
            blob_id: The blob.
            read: Returns its content, if the answer is not known.
        """
        known = self._reaching.get(blob_id)
        if known is None:
            known = self.get(f"reaches {blob_id}")
        if known is None:
            facts = self.find(blob_id) or self.of_blob(blob_id, read())
            known = facts.may_reach and _reaches(read())
            self.put(f"reaches {blob_id}", known)
        return self._reaching.add(blob_id, known)

    def exports(self, blob_id: str, read: Callable[[], bytes]) -> tuple[str, ...] | None:
        """Return the names in the `__all__` of a blob, as `exports` does; None also if this Python cannot parse it."""
        if blob_id in self._exports:
            return self._exports[blob_id]
        data = b"" if blob_id else read()
        blob_id = blob_id or object_id("blob", data)
        kept = self.get(f"exports {blob_id}")
        if kept is not None:
            return self._exports.add(blob_id, kept[0])
        try:
            names = exports(parse_quietly(data or read()))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            names = None
        self.put(f"exports {blob_id}", (names,))
        return self._exports.add(blob_id, names)

    def get(self, key: str) -> Any:
        """Return a value from the disk, by what it is about; None if it is not there."""
        content = self._disk.get(_KEY.format(key)) if self._disk is not None else None
        return None if content is None else marshal.loads(content)

    def put(self, key: str, value: Any) -> None:
        """Keep a value of plain types on the disk."""
        if self._disk is not None:
            self._disk.put(_KEY.format(key), marshal.dumps(value))


# Those of this process.
TEXT_MEMO = TextMemo()


# The import statements of a part, with lines from its start; None if it cannot be parsed alone.
_parts: Bounded[str, tuple[ImportStatement, ...] | None] = Bounded(_KEPT_PARTS)


def read_facts(data: bytes) -> TextFacts:
    """Return the facts about a text."""
    is_whole = any(word in data for word in _WHOLE) or _ENCODING.match(data)
    imports = None if is_whole else quietly(_of_parts, data)
    return _of_whole(data) if imports is None else TextFacts(imports, _may_reach(data))


def _of_parts(data: bytes) -> tuple[ImportStatement, ...] | None:
    """Return the import statements of a text whose parts can be parsed alone; None if one cannot.

    A commit changes one function of a file: the others are known.
    """
    found: list[ImportStatement] = []
    above = 0
    cuts = [0, *(match.end() for match in _CUTS.finditer(data)), len(data)]
    for part in (data[start:end] for start, end in pairwise(cuts)):
        key = hex_digest(part, "sha256")
        statements = _parts[key] if key in _parts else _parts.add(key, _of_part(part))
        if statements is None:
            return None
        found += [
            ImportStatement(one.line + above, one.level, one.module, one.names, one.is_from)
            for one in statements
        ]
        above += part.count(b"\n")
    return tuple(found)


def _of_part(part: bytes) -> tuple[ImportStatement, ...] | None:
    try:
        return _statements(ast.parse(part), set())
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _of_whole(data: bytes) -> TextFacts:
    try:
        module = parse_quietly(data)
    except (SyntaxError, ValueError) as error:
        line = error.lineno if isinstance(error, SyntaxError) else None
        return TextFacts((), True, "syntax", line)
    except (RecursionError, MemoryError):
        return TextFacts((), True, "depth")
    # Most files do not contain the word, and need no search.
    false = _type_checking_names(module) if b"TYPE_CHECKING" in data else set()
    return TextFacts(_statements(module, false), _may_reach(data))


def _statements(module: ast.Module, false: set[str]) -> tuple[ImportStatement, ...]:
    nodes = [node for node in _running(module, false) if isinstance(node, (ast.Import, ast.ImportFrom))]
    return tuple(map(_statement, nodes))


def _statement(node: ast.Import | ast.ImportFrom) -> ImportStatement:
    names = tuple(alias.name for alias in node.names)
    if isinstance(node, ast.Import):
        return ImportStatement(node.lineno, 0, None, names, False)
    return ImportStatement(node.lineno, node.level, node.module, names, True)


def _may_reach(data: bytes) -> bool:
    return not is_plain(data) or any(word in data and find.search(data) for word, find in _DYNAMIC_WORDS)


def _reaches(data: bytes) -> bool:
    try:
        module = parse_quietly(data)
    except (SyntaxError, ValueError):
        # In any syntax, code needs one of these words for that.
        return any(name.encode() in data for name in {"import", *_DYNAMIC})
    except (RecursionError, MemoryError):
        return True
    return any(not _DYNAMIC.isdisjoint(_names(node)) for node in ast.walk(module))


def _names(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Name):
        return [node.id]
    if isinstance(node, ast.Attribute):
        # `model.eval()` is a method; code that reaches the builtin as an attribute also uses another of the names.
        return [node.attr] if node.attr.startswith("__") else []
    if isinstance(node, ast.ImportFrom):
        return [(node.module or "").partition(".")[0]]
    return [alias.name.partition(".")[0] for alias in node.names] if isinstance(node, ast.Import) else []


def _running(module: ast.Module, type_checking: set[str]) -> Iterator[ast.stmt]:
    """Yield the statements that may run: without the body of `if TYPE_CHECKING`, but with its `else`."""
    todo: list[ast.AST] = [module]
    while todo:
        node = todo.pop()
        if type_checking and isinstance(node, ast.If) and ast.unparse(node.test) in type_checking:
            todo += node.orelse
            continue
        if isinstance(node, ast.stmt):
            yield node
        # Only blocks have statements; the fields of all other nodes are expressions.
        fields = node._fields
        if "body" in fields or "cases" in fields:
            children = [child for name in _BLOCKS if name in fields for child in getattr(node, name)]
            children.reverse()
            todo += children


def _type_checking_names(module: ast.Module) -> set[str]:
    """Return the expressions that are false when a module runs: typing's TYPE_CHECKING, or one that is set to False.

    A name that is also bound to anything else does not count.
    """
    false: set[str] = set()
    other: set[str] = set()
    for node in ast.walk(module):
        if isinstance(node, ast.ImportFrom):
            known = node.module in _TYPING and not node.level
            for alias in node.names:
                (false if known and alias.name == "TYPE_CHECKING" else other).add(alias.asname or alias.name)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                name = alias.asname or alias.name
                (false if alias.name in _TYPING else other).add(f"{name}.TYPE_CHECKING")
        elif isinstance(node, ast.Assign):
            is_false = isinstance(node.value, ast.Constant) and node.value.value is False
            names = [target.id for target in node.targets if isinstance(target, ast.Name)]
            (false if is_false and names == ["TYPE_CHECKING"] else other).update(names)
    return false - other
