"""Relabelling: code whose only routed imports are `from a.b import x`, led into its pin without a parser.

    from a.b import x        compiles to an import of the name "a.b", which is the code's `co_names` entry

What the rewriter would do to such a statement is to write `R.a.b` for `a.b`; here the same is done to the compiled
code, which takes half the time of parsing, rewriting and compiling a tree. A dotted name in `co_names` is always an
imported module's, of a relative import too, so that a text which has both of one root is left to the rewriter. One
without a dot could be a variable's too, so it counts only when the word stands nowhere in the text but after `from`.
"""

from __future__ import annotations

import operator
from types import CodeType

from zenml_pin.importing.rewriting.import_scan import (
    FROM,
    count_words,
    imports_plainly,
    relative_roots,
    with_comments_ended,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from zenml_pin.importing.rewriting.route import Route


def find_names(text: str, routed: Mapping[str, Route]) -> Callable[[str], str | None] | None:
    """Return what gives the name below the pin's root for an entry of `co_names`, None for one that stays.

    None where the text has other statements that are routed, so that a tree must be rewritten.

    Args:
        text: A source text.
        routed: The routes that lead into the pin, by root.
    """
    if not text.isascii() or with_comments_ended(text) != text or imports_plainly(text, routed.keys()):
        return None
    statements = [(match[1], "." in match[0]) for match in FROM.finditer(text) if match[1] in routed]
    undotted = {root for root, dotted in statements if not dotted}
    roots = [root for root, _ in statements]
    # A class body makes such names of others, and others of such names.
    if any("__" in root or count_words(text, root) != roots.count(root) for root in undotted):
        return None
    if not relative_roots(text).isdisjoint(routed):
        return None

    def name_of(name: str) -> str | None:
        root, dot, rest = name.partition(".")
        if root not in routed or (not dot and root not in undotted):
            return None
        return routed[root].target + dot + rest

    return name_of


def relabel(code: CodeType, root: str, name_of: Callable[[str], str | None]) -> CodeType:
    """Return code that imports from a pin what the names say.

    Args:
        code: A module's code, or code in it.
        root: The pin's root package.
        name_of: As `find_names` gives it.
    """
    names = tuple(name if (below := name_of(name)) is None else f"{root}.{below}" for name in code.co_names)
    held = tuple(
        relabel(item, root, name_of) if isinstance(item, CodeType) else item for item in code.co_consts
    )
    if names == code.co_names and all(map(operator.is_, held, code.co_consts)):
        return code
    return code.replace(co_names=names, co_consts=held)
