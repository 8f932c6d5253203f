"""Imported libraries: the modules outside the repository that the code of a class imports, by their first parts.

Known from the import statements of the class's unit and of every first-party module that it imports, at the pin. If the
code may load more at run time (by importlib, eval, `__file__`), the statements of every file in the source roots
count. Modules of Python itself do not. Nothing is imported, and a library need not be installed.
"""

from __future__ import annotations

import sys
from functools import lru_cache

from zenml_pin.at import registry
from zenml_pin.pins.code_id import closure_at, may_reach_further
from zenml_pin.pins.import_closure import find_closure
from zenml_pin.source import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.git.any_repository import AnyRepository


def imported_libraries(source: Source, repository: AnyRepository | None = None) -> tuple[str, ...]:
    """Return the first parts of the names of all libraries that a pinned class imports, sorted, such as "sklearn".

    Args:
        source: The class and its commit.
        repository: The repository where the commit is looked for first.

    Raises:
        CommitNotFoundError: No known repository has the commit.
        PinnedModuleNotFoundError: The commit has no such module.

    Cost: as for `code_id`, whose reading it shares.
    """
    assert source.commit_id is not None
    registry.get_namespace(source.pin, repository)
    return _of_module(source.pin, source.module)


@lru_cache(maxsize=4096)
def _of_module(pin: str, module: str) -> tuple[str, ...]:
    tree, roots, closure = closure_at(pin, module)
    closures = [closure]
    if may_reach_further(tree, closure):
        closures += [find_closure(tree, roots, root) for root in roots if tree.find_link(root) is not None]
    names = {stray.root for one in closures for stray in one.strays}
    return tuple(sorted(names - sys.stdlib_module_names))
