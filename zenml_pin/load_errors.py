"""The errors that a load and each command import, as they raise or catch them; `zenml_pin.errors` has all.

Making a class takes as long as importing a small module, so a load makes no others.
"""

from __future__ import annotations

from zenml_pin.base.text import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from zenml_pin.base.path_change import PathChange

_PUBLIC = "zenml_pin.errors"


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


class SourceSyntaxError(PinError, ValueError):
    """A text is not a source. `text[start:end]` is the part at fault; `str()` shows a caret under it."""

    def __init__(self, message: str, text: str, start: int, end: int, hint: str = "") -> None:
        super().__init__(message, hint)
        self.text = text
        self.start = start
        self.end = end

    def __str__(self) -> str:
        # Escapes keep the caret below its character and a hostile text on its line.
        before, fault, after = (
            printable(part)
            for part in (self.text[: self.start], self.text[self.start : self.end], self.text[self.end :])
        )
        return f"{self.message}\n  {before}{fault}{after}\n  {' ' * len(before)}{'^' * max(1, len(fault))}"


class NotARepositoryError(PinError):
    """No git repository was found at or above `path`."""

    def __init__(self, path: str, hint: str = "") -> None:
        hint = hint or "run it in a repository, or name one with repo= (or -C)"
        super().__init__(f"no git repository at or above '{path}'", hint)
        self.path = path


class UnsupportedError(PinError):
    """Something is legal, but not supported here; the message says what."""


class CommitNotFoundError(PinError, LookupError):
    """No known repository has the commit, or a revision does not name a commit.

    Attributes:
        commit_id: The commit's full id, or the revision as it was typed.
        searched: The paths and URLs that were searched.
    """

    def __init__(self, commit_id: str, searched: Iterable[str] = (), hint: str = "") -> None:
        self.searched = tuple(searched)
        locations = ", ".join(f"'{location}'" for location in self.searched) or "no repository"
        super().__init__(
            f"commit '{commit_id}' was not found in {locations}",
            hint
            or "fetch it (a shallow clone lacks old commits), or list a repository or a bundle that holds it "
            "in ZENML_PIN_PATH",
        )
        self.commit_id = commit_id


class UnknownRootsError(PinError, LookupError):
    """A name has the id of source roots that a caller gave, `roots_id`, and this process does not know these roots."""

    def __init__(self, roots_id: str) -> None:
        hint = (
            "give them again: source_roots=[...] in load or attach, --source-root, or ZENML_PIN_SOURCE_ROOTS"
        )
        super().__init__(f"the source roots of '_r{roots_id}' are not known here", hint)
        self.roots_id = roots_id


class NotACommitError(PinError, LookupError):
    """An id names an object of another kind, where a commit is needed."""

    def __init__(self, object_id: str, kind: str, place: str) -> None:
        super().__init__(
            f"object '{object_id}' in '{place}' is a {kind}, not a commit",
            "a pin names a commit by its full id",
        )
        self.object_id = object_id
        self.kind = kind


class ObjectNotFoundError(PinError, LookupError):
    """An object that the commit needs is missing, as in a partial clone or in a bundle made for other classes.

    Attributes:
        object_id: Its id.
        place: The repository, bundle or server that should have it.
        path: Its path at the commit; empty where that is not known.
    """

    def __init__(self, object_id: str, place: str, hint: str = "", *, path: str = "") -> None:
        description = f", which is '{path}'," if path else ""
        super().__init__(
            f"object '{object_id}'{description} is missing from '{place}'",
            hint
            or "a partial clone lacks it: run 'git fetch --refetch --no-filter' there, or use a full clone",
        )
        self.object_id = object_id
        self.place = place
        self.path = path


class RemoteError(PinError, ConnectionError):
    """A remote repository cannot be reached, refuses, or does not answer as git's protocol says.

    Attributes:
        place: Its URL, without the secret parts.
        reason: What went wrong.
    """

    def __init__(self, place: str, reason: str, hint: str = "") -> None:
        super().__init__(f"remote repository '{place}' {reason}", hint)
        self.place = place
        self.reason = reason


class ObjectCorruptError(PinError):
    """The data that is stored under an id is damaged, or belongs to another id."""

    def __init__(self, object_id: str, place: str, reason: str) -> None:
        super().__init__(
            f"object '{object_id}' in '{place}' is damaged: {reason}",
            "take the repository from a good copy; 'git fsck' lists what else is damaged",
        )
        self.object_id = object_id
        self.place = place
        self.reason = reason


class BundleError(PinError, ValueError):
    """A bundle cannot be read or written.

    Attributes:
        place: Its file, or its name in messages.
        reason: What is wrong with it.
    """

    def __init__(self, place: str, reason: str, hint: str = "") -> None:
        super().__init__(
            f"bundle '{place}' cannot be read: {reason}", hint or "take it from a good copy, or make it again"
        )
        self.place = place
        self.reason = reason


class LimitError(PinError, ValueError):
    """Something is larger than `Limits` allows, so it was not read."""

    def __init__(self, subject: str, size: int, limit: int, field: str) -> None:
        unit = "levels of folders" if field == "depth" else "bytes"
        super().__init__(
            f"{subject} has {size} {unit}, more than the limit of {limit}",
            f"if you trust it, pass limits=Limits({field}=...)",
        )
        self.size = size
        self.limit = limit


class PathNotFoundError(PinError, LookupError):
    """A path does not exist at a commit."""

    def __init__(self, path: str, commit_id: str, hint: str = "") -> None:
        super().__init__(f"path '{path}' does not exist at commit {commit_id}", hint)
        self.path = path
        self.commit_id = commit_id


class PinnedModuleNotFoundError(PinError, ModuleNotFoundError):
    """A module does not exist at its commit, or no known repository has the commit. `name` is its dotted name."""

    def __init__(self, message: str, hint: str = "", *, name: str, path: str | None = None) -> None:
        super().__init__(message, hint)
        self.name = name
        self.path = path


class PinnedImportError(PinError, ImportError):
    """A module cannot be imported from its commit, or failed while it ran. `name` is its dotted name."""

    def __init__(self, message: str, hint: str = "", *, name: str, path: str | None = None) -> None:
        super().__init__(message, hint)
        self.name = name
        self.path = path


class UncommittedChangesError(PinError):
    """A folder has uncommitted changes.

    Args:
        folder: Relative to the repository root.
        changes: Sorted by path.
        chain: Files, each importing the next, that lead to the folder; empty when the folder itself was checked.
    """

    def __init__(
        self, folder: str, changes: Iterable[PathChange], hint: str = "", *, chain: Iterable[str] = ()
    ) -> None:
        self.changes = tuple(changes)
        prefix = printable(" imports ".join(chain)) + ": " if chain else ""
        super().__init__(
            prefix + describe_changes(folder, self.changes),
            hint or "commit them, or load with allow_dirty=True",
        )
        self.folder = folder


def describe_changes(folder: str, changes: Iterable[PathChange], shown: int = 5) -> str:
    """Say in one line what is uncommitted in a folder: the first few paths with their kinds, and the count."""
    changes = tuple(changes)
    prefix = f"{folder}/" if folder else ""
    parts = [f"{change.path.removeprefix(prefix)} ({change.label})" for change in changes[:shown]]
    if len(changes) > shown:
        parts.append(f"and {len(changes) - shown} more")
    noun = "change" if len(changes) == 1 else "changes"
    return printable(f"'{folder or '.'}' has {len(changes)} uncommitted {noun}: {', '.join(parts)}")


class UnpinnedError(PinError):
    """A class or function cannot be pinned, and `strict=True` demands a pin."""


class UnpinnedWarning(UserWarning):
    """A class or function stays unpinned: its documents will not say which code ran."""


class ReleaseMismatchWarning(UserWarning):
    """A source names another release of this package than the installed one."""


class IncompleteFilesWarning(UserWarning):
    """Files beside the code of a pin are without their content: git has only LFS pointers, or a bundle lacks them."""


# Tracebacks show this name, and pickles contain it.
for _cls in (
    PinError,
    SourceSyntaxError,
    NotARepositoryError,
    UnsupportedError,
    CommitNotFoundError,
    UnknownRootsError,
    NotACommitError,
    ObjectNotFoundError,
    RemoteError,
    ObjectCorruptError,
    BundleError,
    LimitError,
    PathNotFoundError,
    PinnedModuleNotFoundError,
    PinnedImportError,
    UncommittedChangesError,
    UnpinnedError,
    UnpinnedWarning,
    ReleaseMismatchWarning,
    IncompleteFilesWarning,
):
    _cls.__module__ = _PUBLIC
