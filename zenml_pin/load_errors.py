"""The errors of a load: their classes are made when a module of the load path first names one of them.

    from zenml_pin import load_errors as errors

    raise errors.NotARepositoryError(path)

Making a class takes as long as importing a small module, and a load that succeeds names none of them: Python evaluates
what follows `except` only when something was raised. `zenml_pin.errors` has all errors.
"""

from __future__ import annotations

from zenml_pin.base.text import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.load_error_classes import (
        BundleError as BundleError,
        CommitNotFoundError as CommitNotFoundError,
        LimitError as LimitError,
        NotACommitError as NotACommitError,
        NotARepositoryError as NotARepositoryError,
        ObjectCorruptError as ObjectCorruptError,
        ObjectNotFoundError as ObjectNotFoundError,
        PathNotFoundError as PathNotFoundError,
        PinnedModuleNotFoundError as PinnedModuleNotFoundError,
        ReleaseMismatchWarning as ReleaseMismatchWarning,
        RemoteError as RemoteError,
        SourceSyntaxError as SourceSyntaxError,
        UncommittedChangesError as UncommittedChangesError,
        UnknownRootsError as UnknownRootsError,
        UnpinnedError as UnpinnedError,
        UnpinnedWarning as UnpinnedWarning,
        UnsupportedError as UnsupportedError,
    )
else:

    def __getattr__(name: str) -> object:
        from zenml_pin import load_error_classes

        return getattr(load_error_classes, name)


# Tracebacks show this name, and pickles contain it.
PUBLIC_MODULE = "zenml_pin.errors"


class PinError(Exception):
    """The base of every error that this package raises.

    Attributes:
        message: One line: fact first, subject in quotes, counts given.
        hint: How to help it, which tracebacks show below the message; empty where nothing helps.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        # A name in a repository may contain any character; here it cannot forge a second line or move the cursor.
        self.message = printable(message)
        self.hint = printable(hint)
        super().__init__(self.message)
        if self.hint:
            self.add_note(f"hint: {self.hint}")

    def __str__(self) -> str:
        return self.message

    def __reduce__(self) -> tuple[object, ...]:
        # The constructors of subclasses take facts, not messages, so pickle must not call them again.
        # `name` and `path` are ImportError's and AttributeError's own, kept outside `__dict__`.
        fields = {field: getattr(self, field) for field in ("name", "path") if hasattr(self, field)}
        return _rebuild, (type(self), self.args, {**fields, **self.__dict__})


def _rebuild(cls: type[PinError], args: tuple[object, ...], state: dict[str, object]) -> PinError:
    error = cls.__new__(cls, *args)
    # `OSError.__new__` does not set them.
    error.args = args
    for name, value in state.items():
        setattr(error, name, value)
    return error


# Here, since code that leaves no file descriptor free must not fail an import of ours.
class PinnedImportError(PinError, ImportError):
    """A module cannot be imported from its commit, or failed while it ran. `name` is its dotted name."""

    def __init__(self, message: str, hint: str = "", *, name: str, path: str | None = None) -> None:
        super().__init__(message, hint)
        self.name = name
        self.path = path


for _cls in (PinError, PinnedImportError):
    _cls.__module__ = PUBLIC_MODULE
