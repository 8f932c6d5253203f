"""Relabelling: code whose only routed imports are `from a.b import x` is routed into its pin without a parser.

    from a.b import x        compiles to an import of the name "a.b", which is the code's `co_names` entry

The rewriter would write `R.a.b` for `a.b` in such a statement. Here the compiled code is changed instead, which takes
half the time of parsing, rewriting and compiling a tree. A dotted name in `co_names` always names an imported module.
It may also come from a relative import, so a text that has both kinds for one root is left to the rewriter. A name
without a dot may also be a variable, so it counts only when the word occurs in the text after `from` and nowhere else.
"""

from __future__ import annotations

import operator
from types import CodeType

from zenml_pin.importing.rewriting.import_scan import (
    absolute_froms,
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
    """Return a function from an entry of `co_names` to the name below the pin's root, or to None if it stays.

    Return None where the text has other statements to route, so that a tree must be rewritten.

    Args:
        text: A source text.
        routed: The routes that go into the pin, by root.
    """
    if not text.isascii() or with_comments_ended(text) != text or imports_plainly(text, routed.keys()):
        return None
    statements = [(root, dotted) for root, dotted in absolute_froms(text) if root in routed]
    undotted = {root for root, dotted in statements if not dotted}
    roots = [root for root, _ in statements]
    # In a class body Python turns `__a` into `_A__a`, so that words in the text do not count such names.
    if any("__" in root or count_words(text, root) != roots.count(root) for root in undotted):
        return None
    if not relative_roots(text).isdisjoint(routed):
        return None

    def name_of(name: str) -> str | None:
        root, dot, rest = name.partition(".")
        if root not in routed or (not dot and root not in undotted):
            return None
        return routed[root].name + dot + rest

    return name_of


def relabel(code: CodeType, root: str, name_of: Callable[[str], str | None]) -> CodeType:
    """Return code that imports from a pin where `name_of` gives a name.

    Args:
        code: A module's code, or code in it.
        root: The pin's root package.
        name_of: The function that `find_names` returned.
    """
    names = tuple(name if (below := name_of(name)) is None else f"{root}.{below}" for name in code.co_names)
    constants = tuple(
        relabel(item, root, name_of) if isinstance(item, CodeType) else item for item in code.co_consts
    )
    if names == code.co_names and all(map(operator.is_, constants, code.co_consts)):
        return code
    return code.replace(co_names=names, co_consts=constants)
