"""Every error and warning of this package.

Each error is a `PinError` and, beside it, the built-in that callers already catch. Its `message` is one line
(fact, subject, count), its `hint` the remedy, its facts are attributes, and it survives pickling.

>>> error = CommitNotFoundError("e9448e0a" * 5, ["/srv/repo"])
>>> isinstance(error, LookupError), error.searched
(True, ('/srv/repo',))
"""

from __future__ import annotations

from zenml_pin.base.warn import UnusedCacheWarning as UnusedCacheWarning
from zenml_pin.load_errors import (
    BundleError as BundleError,
    CommitNotFoundError as CommitNotFoundError,
    IncompleteFilesWarning as IncompleteFilesWarning,
    LimitError as LimitError,
    NotACommitError as NotACommitError,
    NotARepositoryError as NotARepositoryError,
    ObjectCorruptError as ObjectCorruptError,
    ObjectNotFoundError as ObjectNotFoundError,
    PathNotFoundError as PathNotFoundError,
    PinError as PinError,
    PinnedImportError as PinnedImportError,
    PinnedModuleNotFoundError as PinnedModuleNotFoundError,
    ReleaseMismatchWarning as ReleaseMismatchWarning,
    RemoteError as RemoteError,
    SourceSyntaxError as SourceSyntaxError,
    UncommittedChangesError as UncommittedChangesError,
    UnknownRootsError as UnknownRootsError,
    UnpinnedError as UnpinnedError,
    UnpinnedWarning as UnpinnedWarning,
    UnsupportedError as UnsupportedError,
    describe_changes as describe_changes,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    Names = Iterable[str] | None


class RevisionError(PinError, LookupError):
    """A revision that a person typed does not name a commit, or names more than one."""

    def __init__(self, revision: str, reason: str, hint: str = "") -> None:
        super().__init__(f"revision '{revision}' {reason}", hint)
        self.revision = revision


class RemoteTimeoutError(RemoteError, TimeoutError):
    """A remote repository answers too slowly, or not at all."""


class BackendError(PinError, RuntimeError):
    """A backend cannot run calls: it is not open, or what it connects to does not exist."""


class ShippedError(PinError, ValueError):
    """An object cannot be shipped to another process, or cannot be opened there."""


class SignatureError(PinError):
    """A pin does not have the signature that `require_signed` demands. `source` is the source's text."""

    def __init__(self, source: str, reason: str, hint: str = "") -> None:
        super().__init__(f"'{source}' is refused: {reason}", hint)
        self.source = source
        self.reason = reason


class SignersError(PinError, ValueError):
    """A file of allowed signers cannot be read. `line` is counted from 1, and 0 for the whole file."""

    def __init__(self, path: str, reason: str, line: int = 0) -> None:
        super().__init__(
            f"{path}:{line}: {reason}" if line else f"allowed signers '{path}': {reason}",
            'a line names the signer, then the key: ada@example.org namespaces="git" ssh-ed25519 AAAA...',
        )
        self.path = path
        self.line = line
        self.reason = reason


class MissingExtraError(PinError, ImportError):
    """A call needs a library that only an extra of this package installs."""

    def __init__(self, fact: str, library: str, extra: str) -> None:
        super().__init__(
            f"{fact}: '{library}' is not installed", f"install it with: pip install 'zenml_pin[{extra}]'"
        )
        self.library = library
        self.extra = extra


class PinnedAttributeError(PinError, AttributeError):
    """A pinned module does not have a class or function of that name."""

    def __init__(self, message: str, hint: str = "", *, name: str) -> None:
        super().__init__(message, hint)
        self.name = name


class NotAClassError(PinError, TypeError):
    """A source names something that is neither a class nor a function, or `pin` got such an object."""


class ReleaseMismatchError(PinError):
    """A source names another release of this package than the installed one, and `strict=True` refuses that."""


class ComponentError(PinError, TypeError):
    """A component cannot be used: it is of the wrong kind, or a document cannot contain one of its arguments."""


class StepFailedError(PinError, RuntimeError):
    """A step of a run raised an exception, which is the cause of this one.

    Attributes:
        pipeline: The pipeline's name.
        step: The step's key, such as "training".
        run_id: The run's id in the local store.
    """

    def __init__(self, pipeline: str, step: str, run_id: str, reason: str, hint: str = "") -> None:
        super().__init__(f"step '{step}' of pipeline '{pipeline}' failed: {reason}", hint)
        self.pipeline = pipeline
        self.step = step
        self.run_id = run_id


class RecordError(PinError, ValueError):
    """The record of runs, or the store that contains it, cannot be read or written.

    Attributes:
        path: Its file, or the file that is in the way.
    """

    def __init__(
        self,
        path: str,
        reason: str,
        hint: str = "move the file away: the next run begins a new record, and documents and artifacts stay",
    ) -> None:
        super().__init__(f"the record of runs '{path}' cannot be used: {reason}", hint)
        self.path = path


class UnknownNameError(PinError, LookupError):
    """No pipeline, datasource, step or run has that name. The hint lists similar names.

    Attributes:
        name: The name that was looked up.
        known: The names that exist, if there is a list of them.
        number: Which content of the name, where the name exists but that number does not.
    """

    def __init__(
        self, kind: str, name: str, known: Names = None, hint: str = "", *, number: int | None = None
    ) -> None:
        from difflib import get_close_matches

        self.known = tuple(known or ())
        self.number = number
        near = ", ".join(get_close_matches(name, self.known, 3))
        only = f"the only one is '{self.known[0]}'" if len(self.known) == 1 else ""
        count = f" ({len(self.known) or 'none'} here)" if known is not None else ""
        message = f"no {kind} is named '{name}'{count}"
        message = message if number is None else f"{kind} '{name}' has no number {number}"
        super().__init__(message, hint or (f"near misses: {near}" if near else only))
        self.name = name


class DocumentError(PinError, ValueError):
    """A pipeline document cannot be read, or contains something that a document must not contain.

    Attributes:
        path: The file; empty for a text without a file.
        line, column: The position, counted from 1; 0 where it is not known.
        key_path: The position in its structure, as in "steps.training.args.layers[2]"; empty for the whole.
        reason: What is wrong there.
    """

    def __init__(
        self,
        reason: str,
        *,
        path: str = "",
        line: int = 0,
        column: int = 0,
        key_path: str = "",
        hint: str = "",
    ) -> None:
        location = f"{path or '<text>'}:{line}:{column}" if line else path
        super().__init__(": ".join(part for part in (location, key_path, reason) if part), hint)
        self.path = path
        self.line = line
        self.column = column
        self.key_path = key_path
        self.reason = reason
