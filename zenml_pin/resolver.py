"""The public verbs. `pin` gives a class or function its source, and `load` gives it back; the others go with them.

All only read. `pin` and `status` run no code; `load` runs the module that the source names, as every import does.
`pin` itself imports the modules that only `pin` needs, such as a parser: without them a load in a fresh process takes
a third less time.
"""

from __future__ import annotations

import os

from zenml_pin.at import registry
from zenml_pin.git.any_repository import here
from zenml_pin.git.status import Status, unsupported
from zenml_pin.importing.finder import drop, loaded_names
from zenml_pin.importing.namespace import Namespace
from zenml_pin.load_errors import CommitNotFoundError, UnpinnedError, UnsupportedError
from zenml_pin.pins.choosing_roots import choose_pin, with_roots
from zenml_pin.pins.keeping import keeping
from zenml_pin.pins.loading import (
    import_pinned,
    load_pinned,
    path_of_source,
    refuse_uncommitted,
)
from zenml_pin.pins.lookup import (
    find_repository,
    get_repository,
    read_source,
    repository_to_check,
)
from zenml_pin.source import Source, is_commit_id, pinned_label, pinned_root, split_pin

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import ModuleType
    from typing import Any

    from zenml_pin.base.limits import Limits
    from zenml_pin.git.any_repository import AnyRepository
    from zenml_pin.git.signers import Signers
    from zenml_pin.pins.checkout import Checkout
    from zenml_pin.pins.lookup import Repo
    from zenml_pin.pins.pinning import PinOutcome


def pin(
    class_or_source: type | Callable[..., Any] | Source | str,
    *,
    repo: Repo = None,
    commit: str | None = None,
    strict: bool = False,
) -> Source:
    """Return the source of a class or function, pinned to HEAD when its pin reproduces it.

    It is pinned when all files of its module's folder are committed, and all files that the folder imports from
    the same repository. If not, a warning names the files and the source is returned unpinned. Nothing is imported.

    Args:
        class_or_source: The class or function, or its dotted name. One that comes from a pin keeps that pin, and so
            does a source that has a pin. A function is defined with `def` or `async def` at the top level of its
            module; a decorator must keep it in `__wrapped__`, as `functools.wraps` does.
        repo: The repository; by default the one at or above the file of the class, for a name the current folder.
        commit: A revision to pin to instead of HEAD. For it, `pin` only checks that the name exists.
        strict: Raise an error instead of a warning.

    Raises:
        UncommittedChangesError, UnpinnedError: With strict: the class cannot be pinned.
        RevisionError: The revision does not name a commit.
        NotAClassError: It is neither a class nor a function, or a generator or a lambda.
        UnsupportedError: It is nested or local, so no dotted name can load it.
    """
    if isinstance(class_or_source, (Source, str)):
        source = read_source(class_or_source, repo)
        if source.is_pinned and commit is None:
            return source
        from zenml_pin.pins.pinning import pin_name

        return _source_of(pin_name(source, find_repository(repo), commit), strict)
    from zenml_pin.pins.origin import origin_of

    origin = origin_of(class_or_source)
    if origin.source is not None and origin.reachable and commit is None:
        return origin.source
    from zenml_pin.pins.pinning import pin_class

    return _source_of(pin_class(origin, find_repository(repo, origin.file), commit), strict)


def _source_of(outcome: PinOutcome, strict: bool) -> Source:
    """Return the source of an outcome; where it has no pin, warn or raise."""
    source, reason = outcome.source, outcome.reason
    if reason is None:
        return source
    if not strict:
        from zenml_pin.pins.unpinned_warnings import warn_unpinned

        warn_unpinned(source, reason)
        return source
    if isinstance(reason, UnpinnedError):
        raise UnpinnedError(f"'{source}' cannot be pinned: {reason.message}", reason.hint) from reason
    raise reason


def load(
    source: Source | str,
    *,
    repo: Repo = None,
    allow_dirty: bool = False,
    strict: bool = False,
    materialize: str | os.PathLike[str] | None = None,
    source_roots: Iterable[str] | None = None,
    require_signed: str | os.PathLike[str] | Signers | None = None,
    limits: Limits | None = None,
) -> Any:
    """Return the class or function that a source names.

    A pinned class comes from its commit's objects into memory: worktree, index and HEAD stay as they are, and
    nothing but the names of its own modules is added to `sys.modules`. An unpinned one is imported from the working
    tree.

    Args:
        source: The source, or its text. The text may have a revision instead of an id: "trainers.step.MyTrainer@v1.2".
        repo: The repository to ask first; else the one at or above the current folder.
        allow_dirty: Load a pinned class although its folder has uncommitted changes now.
        strict: Refuse a source that is not pinned, or was pinned with another release of this package.
        materialize: A directory to write the verified files of the commit into as well, for native code and for
            code that opens files beside its own; modules then have real paths there. No effect for a source that
            does not name a commit.
        require_signed: A file of allowed signers, in the format of ssh-keygen, or the value that
            `zenml_pin.git.signers.read_signers` returned. Refuse a source before any of its code runs when neither
            its commit nor a tag on it has a good signature of one of them. Unpinned sources and releases have no
            signature.
        source_roots: Folders of the commit from which its modules are named, instead of those that its own files say.
            They are a part of the names of its modules.
        limits: Sizes above which an object is not read.

    Raises:
        SourceSyntaxError, RevisionError: The text is not a source, or its revision does not name a commit.
        SignatureError: No allowed signer signed it.
        SignersError, MissingExtraError: The allowed signers cannot be read, or cannot be used without sshsig.
        CommitNotFoundError: No known repository has the commit, as in a shallow clone.
        RemoteError: `repo` is a URL, and its server cannot be reached.
        UncommittedChangesError: The class's folder has uncommitted changes.
        PinnedModuleNotFoundError, PinnedAttributeError, NotAClassError: The commit has no such module, or no such class
            or function in it.
        PinnedImportError: The module failed while it ran; the cause is its own exception.
        ObjectCorruptError, ObjectNotFoundError: An object that it needs is damaged or missing.
        UnsupportedError: The commit cannot be materialized there, or has modules that were loaded another way; or it
            has none of the given source roots.
    """
    source = read_source(source, repo)
    if require_signed is not None:
        from zenml_pin.verification import refuse_unsigned

        refuse_unsigned(source, require_signed, find_repository(repo), limits)
    if source.release is not None:
        from zenml_pin.pins.releases import load_release

        return load_release(source, strict)
    repository = find_repository(repo, limits=limits)
    if source.commit_id is None:
        if strict:
            raise UnpinnedError(
                f"'{source}' is not pinned", "pin it with 'zenml-pin pin', or load without strict"
            )
        from zenml_pin.pins.working_tree import load_unpinned

        return load_unpinned(source, repository, registry)
    source = with_roots(source, repository, source_roots)
    namespace = registry.get_namespace(source.pin, repository, limits, _directory(materialize))
    with keeping(namespace):
        path_of_source(namespace, source)
        if not allow_dirty:
            refuse_uncommitted(repository_to_check(namespace, repository), namespace, source.module)
        return load_pinned(namespace, source)


def import_module(
    fullname: str,
    commit: str,
    *,
    repo: Repo = None,
    materialize: str | os.PathLike[str] | None = None,
    source_roots: Iterable[str] | None = None,
    limits: Limits | None = None,
) -> ModuleType:
    """Return a module as of a commit. An exception of the module's own code comes through unchanged.

    Args:
        fullname: Its dotted name, from the source root.
        commit: A full id or another revision of the repository.
        repo: The repository to ask first; else the one at or above the current folder.
        materialize: A directory to write the verified files of the commit into as well, for native code and for
            code that opens files beside its own; modules then have real paths there.
        source_roots: Folders of the commit from which its modules are named, instead of those that its own files say.
            They are a part of the names of its modules.
        limits: Sizes above which an object is not read.

    Raises:
        CommitNotFoundError, RevisionError: The commit was not found.
        ModuleNotFoundError: The commit has no such module.
        UnsupportedError: The commit cannot be materialized there, or has modules that were loaded another way; or it
            has none of the given source roots.
    """
    namespace, _ = _namespace_of(commit, repo, limits, materialize, source_roots)
    with keeping(namespace):
        return import_pinned(namespace, fullname)


def checkout(
    commit: str,
    *,
    repo: Repo = None,
    materialize: str | os.PathLike[str] | None = None,
    source_roots: Iterable[str] | None = None,
    limits: Limits | None = None,
) -> Checkout:
    """Return a commit as a handle, for a `with` block that unloads what it loaded.

    Args:
        commit: A full id or another revision of the repository.
        repo: The repository to ask first; else the one at or above the current folder.
        materialize: A directory to write the verified files of the commit into as well, for native code and for
            code that opens files beside its own; modules then have real paths there.
        source_roots: Folders of the commit from which its modules are named, instead of those that its own files say.
            They are a part of the names of its modules.
        limits: Sizes above which an object is not read.

    Raises:
        CommitNotFoundError, RevisionError: The commit was not found.
        UnsupportedError: The commit cannot be materialized there, or has modules that were loaded another way; or it
            has none of the given source roots.
    """
    namespace, repository = _namespace_of(commit, repo, limits, materialize, source_roots)
    from zenml_pin.pins.checkout import Checkout

    return Checkout(namespace, repository_to_check(namespace, repository))


def status(folder_or_class: str | Source | type | Callable[..., Any], *, repo: Repo = None) -> Status:
    """Return what is uncommitted in a folder, or all that keeps a class or function from being pinned.

    Writes nothing, runs nothing. Leaves out the pipeline documents and bundles in a workspace's pipelines folder: runs
    write them.

    Args:
        folder_or_class: A folder relative to the repository root ("" is all of it); or a class, function or source, or
            its text, which mean the folder of the module (its file, if that is directly in a source root) and all
            that it imports from the repository. A text is a folder if the repository has one of that name.
        repo: The repository; by default the one at or above the class's file, else the current folder.

    Raises:
        NotARepositoryError: `repo` is not in a git repository, or, without it, neither of these folders is.
        UnsupportedError: It has no working tree or, for a class, it cannot be read.
        PinnedModuleNotFoundError: The source's module does not exist.
        PathNotFoundError: The text names neither a folder nor a class.
    """
    from zenml_pin.pins.class_paths import path_of_class, path_of_name
    from zenml_pin.pins.class_status import status_of_class, status_of_text

    if isinstance(folder_or_class, str):
        folder = folder_or_class.rstrip("/")
        try:
            repository = get_repository(repo)
        except UnsupportedError as error:
            # What cannot be read counts as uncommitted, whether it is the repository or a file of it.
            return unsupported(folder, f"{error.message} ({error.hint})" if error.hint else error.message)
        return status_of_text(repository, folder, folder_or_class)
    if isinstance(folder_or_class, Source):
        repository = get_repository(repo)
        return status_of_class(repository, path_of_name(folder_or_class, repository), folder_or_class)
    from zenml_pin.pins.origin import origin_of

    origin = origin_of(folder_or_class)
    repository = get_repository(repo, origin.file)
    source = origin.source
    path = path_of_class(origin, repository) if source is None else path_of_name(source, repository)
    return status_of_class(repository, path, source or Source(origin.module, origin.name))


def unload(commit: str) -> None:
    """Drop a commit's modules: the next load runs them again. Classes in use go on working.

    Do not unload a commit while another thread loads from it: a module that is dropped during its import fails there
    with a KeyError (in `load`, a PinnedImportError from it); loading again works.

    Args:
        commit: A full id, or another revision of the repository at or above the current folder.
    """
    commit_id = commit if is_commit_id(commit) else _resolve(get_repository(None), commit)
    for pin in {commit_id, *registry.pins_of(commit_id)}:
        drop(loaded_names(pinned_root(pin)))
        registry.forget(pinned_label(pin))


def _namespace_of(
    commit: str,
    repo: Repo,
    limits: Limits | None,
    materialize: str | os.PathLike[str] | None,
    roots: Iterable[str] | None,
) -> tuple[Namespace, AnyRepository | None]:
    repository = find_repository(repo, limits=limits)
    if split_pin(commit) is None:
        if repository is None:
            hint = "a revision needs a repository: name one with repo="
            raise CommitNotFoundError(commit, [here()], hint)
        commit = _resolve(repository, commit)
    pin = choose_pin(commit, repository, roots)
    return registry.get_namespace(pin, repository, limits, _directory(materialize)), repository


def _directory(materialize: str | os.PathLike[str] | None) -> str | None:
    return None if materialize is None else os.fspath(materialize)


def _resolve(repository: AnyRepository, revision: str) -> str:
    from zenml_pin.git.revision import resolve_revision

    return resolve_revision(repository, revision)
