"""Load the classes of a pipeline from the exact commit that they are pinned to.

    import zenml_pin

    source = zenml_pin.pin(MyTrainer)      # trainers.step.MyTrainer@<commit id>
    trainer = zenml_pin.load(source)       # that commit's class, today or in ten years

The calls; `pydoc zenml_pin.load` describes one of them in full:

    pin(class_or_source, *, repo=None, commit=None, strict=False)
        Return the source of a class, pinned to HEAD or another commit if that commit reproduces it.
    load(source, *, repo=None, allow_dirty=False, strict=False, materialize=None, source_roots=None,
        require_signed=None, limits=None)
        Return the class that a source names, from the objects of its commit.
    import_module(fullname, commit, *, repo=None, materialize=None, source_roots=None, limits=None)
        Return a module as of a commit.
    checkout(commit, *, repo=None, materialize=None, source_roots=None, limits=None)
        Return a commit as a handle, for a `with` block that unloads what it loaded.
    status(folder_or_class, *, repo=None)
        Return the uncommitted changes of a folder, or of the folder of a class.
    attach(repository, *, fetch=False, source_roots=None)
        Find commits in a repository, a bundle or on a server, from now on or during a `with` block.
    ship(thing, *others, onward=False)
        Return an object together with the pinned code that it needs, for another process.
    unload(commit)
        Drop the modules of a commit: the next load runs them again.

The classes:

    Source, Status, Change, ChangeKind, Limits      values that the calls take and return
    Bundle                                          a file with everything that pins need
    Repository                                      pipelines, their documents and runs, under ZenML's names
    PinError                                        the base of all errors; `pydoc zenml_pin.errors` lists them

The parts of a pipeline are in `zenml_pin.pipelines`, `zenml_pin.datasources`, `zenml_pin.steps` and
`zenml_pin.backends`; `zenml_pin.audit` reports on pipelines. `zenml-pin help` shows the manual.

Importing this package imports nothing else: each public name loads what it needs when it is first used.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.base.limits import Limits as Limits
    from zenml_pin.base.version import __version__ as __version__
    from zenml_pin.bundles.bundle import Bundle as Bundle
    from zenml_pin.bundles.shipping import ship as ship
    from zenml_pin.errors import (
        BackendError as BackendError,
        BundleError as BundleError,
        CommitNotFoundError as CommitNotFoundError,
        ComponentError as ComponentError,
        DocumentError as DocumentError,
        IncompleteFilesWarning as IncompleteFilesWarning,
        LimitError as LimitError,
        MissingExtraError as MissingExtraError,
        NotAClassError as NotAClassError,
        NotACommitError as NotACommitError,
        NotARepositoryError as NotARepositoryError,
        ObjectCorruptError as ObjectCorruptError,
        ObjectNotFoundError as ObjectNotFoundError,
        PathNotFoundError as PathNotFoundError,
        PinError as PinError,
        PinnedAttributeError as PinnedAttributeError,
        PinnedImportError as PinnedImportError,
        PinnedModuleNotFoundError as PinnedModuleNotFoundError,
        RecordError as RecordError,
        ReleaseMismatchError as ReleaseMismatchError,
        ReleaseMismatchWarning as ReleaseMismatchWarning,
        RemoteError as RemoteError,
        RemoteTimeoutError as RemoteTimeoutError,
        RevisionError as RevisionError,
        ShippedError as ShippedError,
        SignatureError as SignatureError,
        SignersError as SignersError,
        SourceSyntaxError as SourceSyntaxError,
        StepFailedError as StepFailedError,
        UncommittedChangesError as UncommittedChangesError,
        UnknownNameError as UnknownNameError,
        UnknownRootsError as UnknownRootsError,
        UnpinnedError as UnpinnedError,
        UnpinnedWarning as UnpinnedWarning,
        UnsupportedError as UnsupportedError,
        UnusedCacheWarning as UnusedCacheWarning,
    )
    from zenml_pin.git.status import (
        Change as Change,
        Status as Status,
    )
    from zenml_pin.git.status.kinds import ChangeKind as ChangeKind
    from zenml_pin.pins.attachment import attach as attach
    from zenml_pin.pipelines.repository import Repository as Repository
    from zenml_pin.resolver import (
        checkout as checkout,
        import_module as import_module,
        load as load,
        pin as pin,
        status as status,
        unload as unload,
    )
    from zenml_pin.source import (
        Source as Source,
    )

# Where each public name is defined. `tests/test_package.py` has the same list.
_HOMES = {
    "__version__": "base.version",
    "BackendError": "errors",
    "Bundle": "bundles.bundle",
    "BundleError": "errors",
    "Change": "git.status",
    "ChangeKind": "git.status.kinds",
    "CommitNotFoundError": "errors",
    "DocumentError": "errors",
    "Limits": "base.limits",
    "IncompleteFilesWarning": "errors",
    "LimitError": "errors",
    "MissingExtraError": "errors",
    "NotAClassError": "errors",
    "NotACommitError": "errors",
    "NotARepositoryError": "errors",
    "ObjectCorruptError": "errors",
    "ObjectNotFoundError": "errors",
    "PathNotFoundError": "errors",
    "PinError": "errors",
    "PinnedAttributeError": "errors",
    "PinnedImportError": "errors",
    "PinnedModuleNotFoundError": "errors",
    "ReleaseMismatchError": "errors",
    "ReleaseMismatchWarning": "errors",
    "Repository": "pipelines.repository",
    "RecordError": "errors",
    "RemoteError": "errors",
    "RemoteTimeoutError": "errors",
    "RevisionError": "errors",
    "ShippedError": "errors",
    "SignatureError": "errors",
    "SignersError": "errors",
    "Source": "source",
    "SourceSyntaxError": "errors",
    "Status": "git.status",
    "UncommittedChangesError": "errors",
    "UnpinnedError": "errors",
    "UnpinnedWarning": "errors",
    "UnsupportedError": "errors",
    "UnusedCacheWarning": "errors",
    "attach": "pins.attachment",
    "checkout": "resolver",
    "import_module": "resolver",
    "load": "resolver",
    "ship": "bundles.shipping",
    "pin": "resolver",
    "status": "resolver",
    "unload": "resolver",
    "ComponentError": "errors",
    "StepFailedError": "errors",
    "UnknownNameError": "errors",
    "UnknownRootsError": "errors",
}
__all__ = list(_HOMES)


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    from importlib import import_module

    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    import sys

    caller = sys._getframe(1)
    if caller.f_globals.get("__name__") == "traceback":
        from zenml_pin.importing.suggestions import find_names

        names = find_names(caller)
        if names is not None:
            return names
    return sorted({*globals(), *_HOMES})
