"""Requirements of a commit: which line of it asks for a library that is missing here."""

from __future__ import annotations

import re

from zenml_pin.errors import ObjectNotFoundError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from zenml_pin.git.objects.commit_files import Tree

_FILES = ("requirements.txt", "setup.cfg", "pyproject.toml", "setup.py")
# A name, extras, then a version; quoted in pyproject.toml and setup.py.
_REQUIREMENT = re.compile(
    r"^[\s\"'\[(]*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(\[[^\]]*\])?\s*((?:[<>=!~]=?|===)[^\"'#;]*)?"
)
# Libraries whose import name is not their own.
_IMPORTED_AS = {
    "cv2": "opencv-python",
    "PIL": "pillow",
    "sklearn": "scikit-learn",
    "yaml": "pyyaml",
}


def find_requirement(tree: Tree, module: str) -> tuple[str, str] | None:
    """Return (file, requirement) of the first line that asks for the library a module belongs to, or None.

    Args:
        tree: The commit's files.
        module: Dotted name of the module that could not be imported.
    """
    root = module.partition(".")[0]
    wanted = {_normal(root), _normal(_IMPORTED_AS.get(root, root))}
    for path in _FILES:
        for requirement in _requirements(_read(tree, path).decode("utf-8", "replace")):
            if _normal(requirement[0]) in wanted:
                return path, "".join(requirement)
    return None


def _read(tree: Tree, path: str) -> bytes:
    """Return a file's content; nothing where it is not there, or not here: a hint is not worth an error."""
    entry = tree.find(path)
    try:
        return tree.read(path) if entry is not None and entry.is_file else b""
    except ObjectNotFoundError:
        return b""


def _requirements(text: str) -> Iterator[tuple[str, str]]:
    """Yield (name, version) of whatever looks like a requirement; a line may hold several in quotes."""
    for line in text.splitlines():
        for part in line.split(",") if line.count('"') > 2 or line.count("'") > 2 else [line]:
            found = _REQUIREMENT.match(part.partition("= [")[2] or part)
            if found:
                yield found[1], (found[3] or "").strip()


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
