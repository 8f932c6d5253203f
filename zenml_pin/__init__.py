"""Load the classes of a pipeline from the exact commit that they are pinned to.

    import zenml_pin

    source = zenml_pin.pin(MyTrainer)      # trainers.step.MyTrainer@<commit id>
    trainer = zenml_pin.load(source)       # that commit's class, today or in ten years

Importing this package imports nothing else: each public name loads what it needs when it is first used.
"""

__version__ = "0.1.0"

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.errors import (
        UnknownNameError as UnknownNameError,
    )
    from zenml_pin.errors import (
        StepFailedError as StepFailedError,
    )
    from zenml_pin.errors import (
        ComponentError as ComponentError,
    )
    from zenml_pin.errors import (
        CommitNotFoundError as CommitNotFoundError,
    )
    from zenml_pin.errors import (
        DocumentError as DocumentError,
    )
    from zenml_pin.errors import (
        LimitError as LimitError,
    )
    from zenml_pin.errors import (
        NotAClassError as NotAClassError,
    )
    from zenml_pin.errors import (
        NotARepositoryError as NotARepositoryError,
    )
    from zenml_pin.errors import (
        ObjectCorruptError as ObjectCorruptError,
    )
    from zenml_pin.errors import (
        ObjectNotFoundError as ObjectNotFoundError,
    )
    from zenml_pin.errors import (
        PathNotFoundError as PathNotFoundError,
    )
    from zenml_pin.errors import (
        PinError as PinError,
    )
    from zenml_pin.errors import (
        PinnedAttributeError as PinnedAttributeError,
    )
    from zenml_pin.errors import (
        PinnedImportError as PinnedImportError,
    )
    from zenml_pin.errors import (
        PinnedModuleNotFoundError as PinnedModuleNotFoundError,
    )
    from zenml_pin.errors import (
        ReleaseMismatchError as ReleaseMismatchError,
    )
    from zenml_pin.errors import (
        ReleaseMismatchWarning as ReleaseMismatchWarning,
    )
    from zenml_pin.errors import (
        RevisionError as RevisionError,
    )
    from zenml_pin.errors import (
        SourceSyntaxError as SourceSyntaxError,
    )
    from zenml_pin.errors import (
        UncommittedChangesError as UncommittedChangesError,
    )
    from zenml_pin.errors import (
        UnpinnedError as UnpinnedError,
    )
    from zenml_pin.errors import (
        UnpinnedWarning as UnpinnedWarning,
    )
    from zenml_pin.errors import (
        UnsupportedError as UnsupportedError,
    )
    from zenml_pin.git.limits import (
        Limits as Limits,
    )
    from zenml_pin.git.status import (
        Change as Change,
    )
    from zenml_pin.git.status import (
        ChangeKind as ChangeKind,
    )
    from zenml_pin.git.status import (
        Status as Status,
    )
    from zenml_pin.resolver import (
        attach as attach,
    )
    from zenml_pin.resolver import (
        checkout as checkout,
    )
    from zenml_pin.resolver import (
        import_module as import_module,
    )
    from zenml_pin.resolver import (
        load as load,
    )
    from zenml_pin.resolver import (
        pin as pin,
    )
    from zenml_pin.resolver import (
        status as status,
    )
    from zenml_pin.resolver import (
        unload as unload,
    )
    from zenml_pin.source import (
        Source as Source,
    )

# Where each public name is defined; `tests/test_package.py` compares this with DESIGN's list.
_HOMES = {
    "Change": "git.status",
    "ChangeKind": "git.status",
    "CommitNotFoundError": "errors",
    "DocumentError": "errors",
    "Limits": "git.limits",
    "LimitError": "errors",
    "NotAClassError": "errors",
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
    "RevisionError": "errors",
    "Source": "source",
    "SourceSyntaxError": "errors",
    "Status": "git.status",
    "UncommittedChangesError": "errors",
    "UnpinnedError": "errors",
    "UnpinnedWarning": "errors",
    "UnsupportedError": "errors",
    "attach": "resolver",
    "checkout": "resolver",
    "import_module": "resolver",
    "load": "resolver",
    "pin": "resolver",
    "status": "resolver",
    "unload": "resolver",
    "ComponentError": "errors",
    "StepFailedError": "errors",
    "UnknownNameError": "errors",
}
__all__ = ["__version__", *_HOMES]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    from importlib import import_module

    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
