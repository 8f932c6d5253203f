r"""Edits of `sys.path`: code that uses it may import files of the repository from folders that are no source roots.

>>> uses_path(parse(b"import sys\nsys.path.insert(0, 'lib')\n")), uses_path(parse(b"import os.path\nos.path.join()\n"))
(True, False)
"""

from __future__ import annotations

import _ast as ast  # ast takes its classes from there, and needs milliseconds to import

from zenml_pin.base.syntax_tree import parse as parse, walk

# One of them is in each text that uses it by the name of its module.
_WORDS = (b"sys.path", b"addsitedir")
# All words of one of these are in each text that uses it by another name; `sys as` is also what parts cannot see.
SYS_AS = b"sys as "
_OTHERS = ((b" sys ", b"path"), (SYS_AS, b".path"))


def may_use_path(text: bytes) -> bool:
    """Tell whether a text may use `sys.path`; most do not, and need not be parsed for that."""
    return any(word in text for word in _WORDS) or any(
        all(word in text for word in words) for words in _OTHERS
    )


def uses_path(module: ast.Module) -> bool:
    """Tell whether a syntax tree uses `sys.path`, also under another name of `sys`."""
    nodes = list(walk(module))
    names = sys_names(nodes)
    return any(_uses(node, names) for node in nodes)


def sys_names(nodes: list[ast.AST]) -> set[str]:
    """Return the names that nodes have for the module sys."""
    aliases = [node for node in nodes if isinstance(node, ast.alias)]
    return {"sys", *(alias.asname for alias in aliases if alias.name == "sys" and alias.asname)}


def _uses(node: ast.AST, names: set[str]) -> bool:
    if isinstance(node, ast.ImportFrom):
        return node.module == "sys" and any(alias.name == "path" for alias in node.names)
    if not isinstance(node, ast.Attribute):
        return False
    if node.attr == "path":
        return isinstance(node.value, ast.Name) and node.value.id in names
    return node.attr == "addsitedir"
