"""setup.cfg and setup.py: the source roots that setuptools reads there. A setup.py is parsed, and never run.

    [options]                        setup(
    package_dir =                        package_dir={"": "lib"},
        = lib                            packages=find_packages("lib"),
    [options.packages.find]          )
    where = lib

In setup.py only literals count, and names that are set to a literal once, at the top level. A file that this Python
cannot parse states nothing.
"""

from __future__ import annotations

import ast
from configparser import Error, RawConfigParser

from zenml_pin.importing.packaging.statements import Statement, above, line_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_FINDERS = ("find_packages", "find_namespace_packages")


def read_setup_cfg(data: bytes) -> tuple[Statement, ...]:
    """Return what a setup.cfg says; nothing where it is malformed, as setuptools does not read it then."""
    text = data.decode("utf-8", "replace")
    parser = RawConfigParser(strict=False)
    try:
        parser.read_string(text)
    except Error:
        return ()
    folders = list(_package_dirs(parser.get("options", "package_dir", fallback="")))
    folders += _package_dirs(parser.get("options", "package-dir", fallback=""))
    for section in ("options.packages.find", "options.packages.find_namespace"):
        where = parser.get(section, "where", fallback="")
        folders += [
            folder for line in where.split("\n") for part in line.split(",") if (folder := part.strip())
        ]
    return tuple(Statement(folder, line_of(text, folder)) for folder in folders)


def _package_dirs(value: str) -> Iterator[str]:
    for line in value.replace(",", "\n").split("\n"):
        package, equals, folder = (part.strip() for part in line.partition("="))
        if equals and (root := above(folder, package)) is not None:
            yield root


def read_setup_py(data: bytes) -> tuple[Statement, ...]:
    """Return what a setup.py says."""
    try:
        module = ast.parse(data)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
    values = _constants(module)
    return tuple(
        statement
        for node in ast.walk(module)
        if isinstance(node, ast.Call) and _name(node.func) == "setup"
        for keyword in node.keywords
        for statement in _of_keyword(keyword, values)
    )


def _constants(module: ast.Module) -> dict[str, ast.expr]:
    """Return the values of names that are set once, at the top level."""
    values: dict[str, ast.expr] = {}
    twice: set[str] = set()
    assigned = [node for node in module.body if isinstance(node, ast.Assign)]
    for node in assigned:
        for target in node.targets:
            if isinstance(target, ast.Name):
                twice |= {target.id} & values.keys()
                values[target.id] = node.value
    return {name: value for name, value in values.items() if name not in twice}


def _of_keyword(keyword: ast.keyword, values: dict[str, ast.expr]) -> Iterator[Statement]:
    if keyword.arg == "package_dir":
        mapping = _literal(keyword.value, values)
        for package, folder in mapping.items() if isinstance(mapping, dict) else ():
            root = above(folder, package) if isinstance(folder, str) and isinstance(package, str) else None
            if root is not None:
                yield Statement(root, keyword.value.lineno)
    if keyword.arg == "packages":
        for node in ast.walk(_resolve(keyword.value, values)):
            if isinstance(node, ast.Call) and _name(node.func) in _FINDERS:
                where = node.args[:1] or [item.value for item in node.keywords if item.arg == "where"]
                folder = _literal(where[0], values) if where else None
                if isinstance(folder, str):
                    yield Statement(folder, node.lineno)


def _resolve(node: ast.expr, values: dict[str, ast.expr]) -> ast.expr:
    return values.get(node.id, node) if isinstance(node, ast.Name) else node


def _literal(node: ast.expr, values: dict[str, ast.expr]) -> object:
    try:
        return ast.literal_eval(_resolve(node, values))
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None


def _name(node: ast.expr) -> str:
    """Return the last part of the name of a called function."""
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else ""
