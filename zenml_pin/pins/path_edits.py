r"""Edits of `sys.path`: code that uses it may import files of the repository from folders that are no source roots.

>>> uses_path(parse(b"import sys\nsys.path.insert(0, 'lib')\n")), uses_path(parse(b"import os.path\nos.path.join()\n"))
(True, False)
"""

from __future__ import annotations

import _ast as ast  # ast takes its classes from there, and needs milliseconds to import

from zenml_pin.base.syntax_tree import parse as parse, walk

# One of them is in each text that uses it.
_WORDS = (b"sys.path", b"addsitedir", b".path.append", b".path.extend", b".path.insert")
_FROM = (b"from sys ", b"path")
_EDITS = ("append", "extend", "insert")


def may_use_path(text: bytes) -> bool:
    """Tell whether a text may use `sys.path`; most do not, and need not be parsed for that."""
    return any(word in text for word in _WORDS) or all(word in text for word in _FROM)


def uses_path(module: ast.Module) -> bool:
    """Tell whether a syntax tree uses `sys.path`, also under another name of `sys`."""
    return any(_uses(node) for node in walk(module))


def _uses(node: ast.AST) -> bool:
    if isinstance(node, ast.ImportFrom):
        return node.module == "sys" and any(alias.name == "path" for alias in node.names)
    if not isinstance(node, ast.Attribute):
        return False
    value = node.value
    if node.attr == "path":
        return isinstance(value, ast.Name) and value.id == "sys"
    if node.attr in _EDITS:
        return isinstance(value, ast.Attribute) and value.attr == "path" and isinstance(value.value, ast.Name)
    return node.attr == "addsitedir"
