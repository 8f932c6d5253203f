"""The path of a class's or a dotted name's file in a repository."""

from __future__ import annotations

from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.load_errors import PinnedModuleNotFoundError, UnpinnedError
from zenml_pin.source import Source, refuse_no_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.git.any_repository import AnyRepository
    from zenml_pin.git.objects.commit_files import Tree
    from zenml_pin.pins.origin import Origin


def head_tree(repository: AnyRepository) -> Tree:
    """Return HEAD's files; before the first commit those of the working tree."""
    head = repository.head_commit()
    if head is not None:
        return CommitTree(repository.objects, head.id)
    from zenml_pin.git.objects.worktree_files import WorktreeTree

    return WorktreeTree(repository.worktree or repository.root)


def path_of_class(origin: Origin, repository: AnyRepository | None) -> str:
    """Return the path of a class's file in a repository.

    Raises:
        UnpinnedError: It has none; the message says where the class comes from.
    """
    return _required(find_class_path(origin, repository))


def path_of_name(source: Source, repository: AnyRepository | None) -> str:
    """Return the path of a dotted name's file, in the working tree or at HEAD.

    Raises:
        UnpinnedError: The name belongs to an installed library.
        PinnedModuleNotFoundError: No module has that name.
    """
    return _required(find_name_path(source, repository))


def _required(path: str | UnpinnedError) -> str:
    if isinstance(path, UnpinnedError):
        raise path
    return path


def find_class_path(origin: Origin, repository: AnyRepository | None) -> str | UnpinnedError:
    """Return the path of a class's file in a repository, or why it has none."""
    if not origin.reachable:
        return UnpinnedError(
            f"module '{origin.module}' does not have this class or function under its name '{origin.name}'",
            "a source is loaded by this name: bind the class or function to it at the top level of its module",
        )
    if origin.file is None and origin.module in ("__main__", "builtins"):
        return UnpinnedError("it is not defined in a file", "move it to a module of the repository")
    path = repository.relative(origin.file) if repository is not None and origin.file is not None else None
    if path is not None and not {"site-packages", "dist-packages"} & set(path.split("/")):
        return path
    return _no_path(origin, repository)


def _no_path(origin: Origin, repository: AnyRepository | None) -> UnpinnedError:
    from zenml_pin.base.distributions import distribution_of

    distribution = distribution_of(origin.module)
    if distribution is not None:
        return UnpinnedError(
            f"it belongs to the installed distribution '{distribution}'",
            "requirements pin distributions; a commit pins the repository's own classes and functions",
        )
    if repository is None or repository.worktree is None:
        return UnpinnedError(
            "it is not in a repository", "put its file under git, or name one with repo= (or -C)"
        )
    subject = f"its file '{origin.file}'" if origin.file else f"module '{origin.module}', which has no file,"
    return UnpinnedError(f"{subject} is outside repository '{repository.root}'")


def find_name_path(source: Source, repository: AnyRepository | None) -> str | UnpinnedError:
    """Return the path of a dotted name's file, in the working tree or at HEAD, or why it has none.

    Raises:
        SourceSyntaxError: No module has that name, and a part of it is not a Python name.
        PinnedModuleNotFoundError: No module has that name.
    """
    # To find a repository, as `status` of a folder does, needs none of this.
    from zenml_pin.importing.locate import find_path
    from zenml_pin.importing.source_roots import source_roots
    from zenml_pin.importing.worktree_guard import find_files

    for tree in _trees(repository):
        path = find_path(tree, source_roots(_trees(repository)[-1]), source.module)
        if path is not None:
            return path
    refuse_no_name(source)
    root = source.module.partition(".")[0]
    if repository is None or find_files(root) is not None:
        from zenml_pin.pins.origin import Origin

        return _no_path(Origin(source.module, source.name, None, None), repository)
    raise PinnedModuleNotFoundError(
        f"repository '{repository.root}' has no module '{source.module}'",
        "a source names a module from its source root, as in trainers.step.MyTrainer",
        name=source.module,
    )


def _trees(repository: AnyRepository | None) -> list[Tree]:
    """Return the working tree, where there is one, and HEAD's tree."""
    if repository is None:
        return []
    from zenml_pin.git.objects.worktree_files import WorktreeTree

    worktree = repository.worktree
    return [*([WorktreeTree(worktree)] if worktree is not None else []), head_tree(repository)]
