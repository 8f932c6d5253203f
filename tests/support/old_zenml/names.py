"""The names that releases of ZenML exported, read from their files with `ast`, as the lines of `zenml_releases.txt`."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from pathlib import Path

# A module's names; whether it is a package.
Names = tuple[set[str], bool]
# A name, and what it was imported from.
Imported = dict[str, str]


def table(folders: dict[str, Path]) -> list[str]:
    """Return a line for each module: `module first last name name=first-last ...`, sorted.

    Args:
        folders: For each release, oldest first, the folder that contains its `zenml`.
    """
    releases = list(folders)
    modules: dict[str, list[str]] = {}
    names: dict[tuple[str, str], list[str]] = {}
    for release, folder in folders.items():
        for module, exported in _of_release(folder).items():
            modules.setdefault(module, []).append(release)
            for name in exported:
                names.setdefault((module, name), []).append(release)
    lines = []
    for module, held in sorted(modules.items()):
        words = [module, held[0], held[-1]]
        for (owner, name), known in sorted(names.items()):
            if owner == module:
                assert known == releases[releases.index(known[0]) : releases.index(known[-1]) + 1], name
                same = (known[0], known[-1]) == (held[0], held[-1])
                words.append(name if same else f"{name}={known[0]}-{known[-1]}")
        lines.append(" ".join(words))
    return lines


def _of_release(folder: Path) -> dict[str, set[str]]:
    defined: dict[str, set[str]] = {}
    imported: dict[str, Imported] = {}
    for module, is_package, tree in _modules(folder):
        defined[module], imported[module] = _names(module, is_package, tree)
    for module, sources in imported.items():
        defined[module] |= {name for name, source in sources.items() if source not in defined}
    return defined


def _modules(folder: Path) -> Iterator[tuple[str, bool, ast.Module]]:
    for place, _, files in os.walk(folder / "zenml"):
        for file in sorted(files):
            path = Path(place, file)
            parts = path.relative_to(folder).with_suffix("").parts
            if path.suffix != ".py" or _is_test(parts):
                continue
            is_package = parts[-1] == "__init__"
            module = ".".join(parts[:-1] if is_package else parts)
            yield module, is_package, ast.parse(path.read_text(encoding="utf-8-sig"))


def _is_test(parts: tuple[str, ...]) -> bool:
    return "tests" in parts or parts[-1] == "conftest" or parts[-1].startswith("test_")


def _names(module: str, is_package: bool, tree: ast.Module) -> tuple[set[str], Imported]:
    defined: set[str] = set()
    imported: Imported = {}
    for node in _statements(tree.body):
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)):
            defined.add(node.name)
        elif isinstance(node, ast.Assign):
            defined |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.ImportFrom):
            source = _source(module, is_package, node)
            if source.partition(".")[0] == "zenml":
                imported |= {name.asname or name.name: f"{source}.{name.name}" for name in node.names}
    return {name for name in defined if not name.startswith("__")}, imported


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements that run when a module is imported."""
    for node in body:
        yield node
        for field in ("body", "orelse", "finalbody"):
            if isinstance(node, (ast.If, ast.Try)):
                yield from _statements(getattr(node, field, []))


def _source(module: str, is_package: bool, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    parts = module.split(".") if is_package else module.split(".")[:-1]
    parts = parts[: len(parts) - node.level + 1]
    return ".".join([*parts, *([node.module] if node.module else [])])
