"""Scanning: what a source text imports, without parsing it.

An answer may name too much (a docstring may look like an import), but never too little, because a text that needs no
rewriting is compiled as written. `str.find` jumps from one word to the next, so that a thousand lines compile in 5 ms.
Patterns would say the same in fewer lines, but `re` takes a fifth of a load to import where nothing else needs it.

    gap      = *(SPACE / TAB / FORM-FEED / backslash LF)
    from     = "from" gap name *(gap "." gap name) gap "import"          a space at least after each word
    relative = "from" gap 1*("." gap) [name]
"""

from __future__ import annotations

from zenml_pin.importing.rewriting.names import HAS_INTERPRETERS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

_SPACES = frozenset(" \t\f")
_QUOTES = frozenset("'\"")
_CALLS = ("__import__", "__lazy_import__", "compile", "eval", "exec")
_FILTER = "lazy_imports_filter"
_LAZY_MODULES = "__lazy_modules__"
_VIEWS = ("importlib", "pkgutil", "builtins", "runpy")


def import_roots(text: str) -> frozenset[str]:
    """Return the first part of every absolute import in a source text, without parsing it.

    It may return too many (a docstring may look like an import), but never too few.
    """
    text = _normalized(text)
    roots: set[str] = set()
    for reading in {text, with_comments_ended(text)}:
        roots.update(root for root, _ in absolute_froms(reading))
        roots.update(_imported_plainly(reading))
    return frozenset(roots)


def with_comments_ended(text: str) -> str:
    """Return a text in which no line with a "#" continues in the next: a comment cannot, but a string with "#" may."""
    *parts, last = text.split("\\\n")
    ended = (part + ("\n" if "#" in part[part.rfind("\n") + 1 :] else "\\\n") for part in parts)
    return "".join([*ended, last])


def absolute_froms(text: str) -> Iterator[tuple[str, bool]]:
    """Yield the first part of the module of each `from ... import`, and whether it has more parts."""
    position = text.find("from")
    while position >= 0:
        position += 4
        statement = _read_from(text, position)
        if statement is not None:
            root, dotted, position = statement
            yield root, dotted
        position = text.find("from", position)


def _read_from(text: str, position: int) -> tuple[str, bool, int] | None:
    """Return the first part of a module's name after "from", whether it has more parts, and where "import" ends."""
    start = _after_gap(text, position)
    # Without a gap it is another word, which may be long and repeat "from".
    end = start if start == position else _after_name(text, start)
    if end == start:
        return None
    root, dotted = text[start:end], False
    after = _after_gap(text, end)
    while text.startswith(".", after):
        start = _after_gap(text, after + 1)
        end, dotted = _after_name(text, start), True
        if end == start:
            return None
        after = _after_gap(text, end)
    word = after + len("import")
    if after == end or not text.startswith("import", after) or _continues_name(text[word : word + 1]):
        return None
    return root, dotted, word


def imports_plainly(text: str, roots: Collection[str]) -> bool:
    """Tell whether a text in ASCII may import one of some roots by an `import` statement."""
    return any(root in roots for root in _imported_plainly(text))


def relative_roots(text: str) -> set[str]:
    """Return the first part of every relative import in a text."""
    return {root for _, root in _relative_froms(text)}


def _relative_froms(text: str) -> Iterator[tuple[int, str]]:
    """Yield the number of dots of each relative import, and the first part of the name after them."""
    position = text.find("from")
    while position >= 0:
        dots, position = 0, _after_gap(text, position + 4)
        while text.startswith(".", position):
            dots, position = dots + 1, _after_gap(text, position + 1)
        if dots:
            yield dots, text[position : _after_name(text, position)]
        position = text.find("from", position)


def count_words(text: str, word: str) -> int:
    """Return how often a text in ASCII has a name."""
    return sum(1 for _ in _find_name(text, word))


def _imported_plainly(text: str) -> Iterator[str]:
    position = text.find("import")
    while position >= 0:
        end = position + len("import")
        if _after_gap(text, end) > end and _starts_statement(text, position):
            start, end = end, _after_clause(text, end)
            for part in text[start:end].replace("\\\n", " ").replace(".", " ").split(","):
                yield from part.split()[:1]
        position = text.find("import", end)


def _after_clause(text: str, position: int) -> int:
    """Return where the names of an `import` statement end: at the end of its line, or at a mark that no name has."""
    while position < len(text) and (text[position] not in "\n;:#\\" or text.startswith("\\\n", position)):
        position += 2 if text[position] == "\\" else 1
    return position


def _starts_statement(text: str, position: int) -> bool:
    """Tell whether only white space and the word "lazy" are between a position and its statement's start."""
    position = _before_gap(text, position)
    if text.endswith("lazy", 0, position):
        position = _before_gap(text, position - 4)
    return not position or text[position - 1] in "\n;:"


def _before_gap(text: str, position: int) -> int:
    while position and (text[position - 1] in _SPACES or text[position - 2 : position] == "\\\n"):
        position -= 1 if text[position - 1] in _SPACES else 2
    return position


def _after_gap(text: str, position: int) -> int:
    while text[position : position + 1] in _SPACES or text.startswith("\\\n", position):
        position += 2 if text[position] == "\\" else 1
    return position


def _after_name(text: str, position: int) -> int:
    # Marks and the middle dot may continue a name, but they are neither letters nor digits.
    while _continues_name(letter := text[position : position + 1]) or letter > "\x7f":
        position += 1
    return position


def names_lazy_modules(text: str) -> bool:
    """Tell whether a text may say by `__lazy_modules__` which of its imports are lazy (PEP 810)."""
    return _LAZY_MODULES in _normalized(text)


def has_calls(text: str) -> bool:
    """Tell whether a text may use a builtin that runs a text or imports by name, or `sys.modules`."""
    text = _normalized(text)
    if _FILTER in text or ("modules" in text and "sys" in text and _names_sys_modules(text)):
        return True
    # After a dot the name of a routed builtin is an attribute: every third file has `re.compile`.
    return any(
        text[start - 1 : start] != "." or (HAS_INTERPRETERS and word == "exec")
        for word in _CALLS
        for start in _find_name(text, word)
    )


def _names_sys_modules(text: str) -> bool:
    """Tell whether a text may have `sys.modules`, by any name that it gives sys."""
    starts = list(_find_name(text, "modules"))
    if any(root == "sys" for root, _ in absolute_froms(text) if starts):
        return True
    dotted = [dot for start in starts if text.endswith(".", 0, dot := _before_space(text, start))]
    if any(text.endswith("sys", 0, _before_space(text, dot - 1)) for dot in dotted):
        return True
    return any(_is_quoted(text, start, "modules") for start in starts) or (
        bool(dotted) and any(_is_bound(text, start) for start in _find_name(text, "sys"))
    )


def _is_bound(text: str, start: int) -> bool:
    """Tell whether another name may be bound to "sys": by `sys as s`, `s = sys`, or a call with its name."""
    end = start + len("sys")
    after = _after_space(text, end)
    is_renamed = (
        after > end and text.startswith("as", after) and not _continues_name(text[after + 2 : after + 3])
    )
    return is_renamed or text.endswith("=", 0, _before_space(text, start)) or _is_quoted(text, start, "sys")


def _is_quoted(text: str, start: int, word: str) -> bool:
    end = start + len(word)
    return text[max(0, start - 1) : start] in _QUOTES and text[end : end + 1] in _QUOTES


def _before_space(text: str, position: int) -> int:
    while position and (text[position - 1].isspace() or text[position - 1] == "\\"):
        position -= 1
    return position


def _after_space(text: str, position: int) -> int:
    while (character := text[position : position + 1]).isspace() or character == "\\":
        position += 1
    return position


def _find_name(text: str, word: str) -> Iterator[int]:
    """Yield each position at which a text has a word that is not part of a longer one."""
    position = text.find(word)
    while position >= 0:
        end = position + len(word)
        if not (
            _continues_name(text[max(0, position - 1) : position]) or _continues_name(text[end : end + 1])
        ):
            yield position
        position = text.find(word, end)


def _continues_name(character: str) -> bool:
    return character == "_" or character.isalnum()


def needs_parsing(text: str, depth: int) -> bool:
    """Tell whether a text may use what views or calls route, or import from above the pin's root.

    Args:
        text: A source text.
        depth: How many packages deep the module's package is below the pin's root.
    """
    text = _normalized(text)
    if any(word in text for word in _VIEWS) or _LAZY_MODULES in text or has_calls(text):
        return True
    return any(dots > depth for dots, _ in _relative_froms(text))


def _normalized(text: str) -> str:
    """Return a text in which each name has the letters that Python reads (PEP 3131)."""
    if text.isascii():
        return text
    from unicodedata import normalize

    return normalize("NFKC", text)
