"""What to say when code imports a module that does not exist: whose it is decides what helps.

of the commit          the commit lacks it: it was never committed, or another commit has it
of the standard library    another Python has it
of a library           install it, or, where it is installed, another release of it
"""

from __future__ import annotations

import sys

from zenml_pin.importing import zenml_names
from zenml_pin.importing.virtual_paths import is_code_name, path_of_code
from zenml_pin.pins import added_modules, removed_names
from zenml_pin.source import NAMESPACE, split_pinned

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType

    from zenml_pin.git.objects.commit_files import Tree
    from zenml_pin.importing.namespace import Namespace

_BELOW = NAMESPACE + "."
_STATED = "{} of that code requires '{}': install it"


def explain(error: BaseException, tree: Tree | None, namespace: Namespace | None) -> tuple[str, str] | None:
    """Return what an error about a missing module means, as (fact, hint); None for every other error.

    Args:
        error: The exception of an import. The fact is "" where the error's own text says it.
        tree: The files in which to look for requirements.
        namespace: The commit that was imported; None for the working tree.
    """
    missing = error.name if isinstance(error, ModuleNotFoundError) else None
    if not isinstance(missing, str) or not missing:
        hint = removed_names.find_hint(error) if isinstance(error, (ImportError, AttributeError)) else None
        return None if hint is None else ("", hint)
    if missing.startswith(_BELOW):
        return _own(error, missing, namespace)
    return "", _outside(error, missing, tree)


def _own(error: BaseException, missing: str, namespace: Namespace | None) -> tuple[str, str]:
    """Explain a module that would be below a pin's root, or below that of a copy of the working tree."""
    module = missing[len(_BELOW) :].partition(".")[2]
    pinned = split_pinned(missing)
    if pinned is None or namespace is None or pinned[0] != namespace.label:
        return (
            f"ModuleNotFoundError: there is no module '{module}'",
            "it was moved, renamed or never committed",
        )
    if module.partition(".")[0] == zenml_names.ROOT and namespace.first_party(zenml_names.ROOT) is None:
        return (
            f"there is no module '{module}' in ZenML",
            "install the ZenML release that the code is written for",
        )
    fact = f"commit {namespace.commit_id} has no module '{module}'{_importer(error.__traceback__)}"
    from zenml_pin.pins.nearest_commit import describe_nearest, find_nearest

    nearest = find_nearest(namespace.repository, namespace.commit_id, module, namespace.given_roots)
    return fact, describe_nearest(nearest)


def _importer(trace: TracebackType | None) -> str:
    """Return which line of pinned code imports it."""
    place = _last_pinned(trace)
    return "" if place is None else f", which {path_of_code(place[0])}:{place[1]} imports"


def _last_pinned(trace: TracebackType | None) -> tuple[str, int] | None:
    """Return file name and line of the last frame of pinned code in a traceback."""
    place = None
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if is_code_name(file):
            place = file, trace.tb_lineno
        trace = trace.tb_next
    return place


def _as_written(error: BaseException, missing: str) -> str:
    """Return the whole name that code imports, of which Python says only the first part that is missing."""
    import ast
    from linecache import getline

    place = _last_pinned(error.__traceback__)
    try:
        statement = ast.parse(getline(*place).strip()).body[0] if place is not None else None
    except (SyntaxError, ValueError, IndexError):
        return missing
    names = []
    if isinstance(statement, ast.Import):
        names = [alias.name for alias in statement.names]
    elif isinstance(statement, ast.ImportFrom) and not statement.level:
        names = [f"{statement.module}.{alias.name}" for alias in statement.names]
    return next((name for name in names if f"{name}.".startswith(f"{missing}.")), missing)


def _outside(error: BaseException, missing: str, tree: Tree | None) -> str:
    """Return the hint for a module of the standard library or of a library."""
    from zenml_pin.pins.library_names import find_distribution
    from zenml_pin.pins.missing_requirement import find_requirement

    top = missing.partition(".")[0]
    if type(error).__name__ == "PackageNotFoundError":
        # A subclass for distributions: the code reads the version of one, often of its own.
        return (
            f"the code reads the metadata of the distribution '{missing}': install it, as its own setup does"
        )
    requirement = find_requirement(tree, _as_written(error, missing)) if tree is not None else None
    if requirement:
        return _STATED.format(*requirement)
    hint = removed_names.find_hint(error) or added_modules.find_hint(missing)
    if hint:
        return hint
    if top in sys.stdlib_module_names:
        return f"'{missing}' is not in the standard library of this Python"
    if missing != top and _is_installed(top) and not _is_namespace(top):
        return f"the installed '{top}' has no '{missing}': install the release that the code was written for"
    distribution = find_distribution(_as_written(error, missing))
    own = _of_another_folder(tree, top) if distribution is None else None
    if own is not None:
        return (
            f"the commit has '{own}', which only sys.path leads to: run the code where it finds that folder, or list "
            "the folder as source_roots"
        )
    if distribution is None:
        return f"install '{top}', which the code imports"
    return f"install '{distribution}', which has the module '{missing}' that the code imports"


def _of_another_folder(tree: Tree | None, top: str) -> str | None:
    """Return a file of a commit that has a module's name, in a folder that is neither a source root nor a package.

    A folder of examples or tests often has the name of the library that it shows or tries.
    """
    from zenml_pin.git.objects.commit_files import CommitTree
    from zenml_pin.pins.detours import ASIDE
    from zenml_pin.pins.path_folders import files_at_head, is_in_package

    if not isinstance(tree, CommitTree):
        return None
    paths = files_at_head(tree, {top})[top]
    own = [path for path in paths if path.partition("/")[0] not in ASIDE]
    return next((path for path in own if not is_in_package(tree, path)), None)


def _is_installed(top: str) -> bool:
    from zenml_pin.importing.worktree_guard import find_files

    return top in sys.modules or find_files(top) is not None


def _is_namespace(top: str) -> bool:
    """Tell whether a package has no file of its own, such as `google`: each distribution adds modules to it."""
    from importlib.util import find_spec

    try:
        spec = find_spec(top)
    except ValueError:
        # A module without a spec, which some code makes by hand.
        return False
    return spec is not None and spec.origin is None and spec.submodule_search_locations is not None
