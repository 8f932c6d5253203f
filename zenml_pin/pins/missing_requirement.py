"""A missing library: which line of a commit's requirements names it."""

from __future__ import annotations

import re

from zenml_pin.base.distribution_names import normal_name
from zenml_pin.pins.library_names import find_distribution
from zenml_pin.pins.requirement_files import RequirementFiles

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from zenml_pin.git.objects.commit_files import Tree

# A name, extras, then a version; quoted in pyproject.toml and setup.py.
_REQUIREMENT = re.compile(
    r"^[\s\"'\[(]*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(\[[^\]]*\])?\s*((?:[<>=!~]=?|===)[^\"'#;]*)?"
)


def find_requirement(tree: Tree, module: str) -> tuple[str, str] | None:
    """Return (file, requirement) of the first line that names the library of a module, or None.

    Args:
        tree: The commit's files.
        module: Dotted name of the module that could not be imported.
    """
    root = module.partition(".")[0]
    wanted = {normal_name(root), normal_name(find_distribution(module) or root)}
    for path, line in RequirementFiles(tree).mentioned():
        for name, version in _requirements(line):
            if normal_name(name) in wanted:
                return path, name + version
    return None


def _requirements(line: str) -> Iterator[tuple[str, str]]:
    """Yield (name, version) of each part of a line that looks like a requirement; a line may have several in quotes."""
    for part in line.split(",") if line.count('"') > 2 or line.count("'") > 2 else [line]:
        match = _REQUIREMENT.match(part.partition("= [")[2] or part)
        if match:
            yield match[1], (match[3] or "").strip()
