"""P9: every failure of ours is a `PinError` with a one-line message and a hint, and survives pickling."""

from __future__ import annotations

import copy
import pickle
import warnings

import pytest
from hypothesis import given, strategies as st

from zenml_pin import errors
from zenml_pin.errors import PinError, SourceSyntaxError, UncommittedChangesError, describe_changes
from zenml_pin.git.status import Change
from zenml_pin.git.status.kinds import ChangeKind

ID = "e9448e0abbc6f03252578ca877bc80c94f137edd"
CHANGES = [Change("m/step.py", ChangeKind.MODIFIED), Change("m/util.py", ChangeKind.UNTRACKED)]

EXAMPLES: dict[str, PinError] = {
    "PinError": PinError("something is wrong", "do something"),
    "SourceSyntaxError": SourceSyntaxError("expected a name", "m..C", 2, 3, "a hint"),
    "NotARepositoryError": errors.NotARepositoryError("/srv"),
    "UnsupportedError": errors.UnsupportedError("a fact", "a hint"),
    "CommitNotFoundError": errors.CommitNotFoundError(ID, ["/srv/a", "/srv/b"]),
    "UnknownRootsError": errors.UnknownRootsError("0123abcd"),
    "NotACommitError": errors.NotACommitError(ID, "blob", "/srv/repo"),
    "RevisionError": errors.RevisionError("v1", "names a tree, not a commit", "a hint"),
    "RecordError": errors.RecordError("/srv/.zenml/local_store/runs.sqlite", "file is not a database"),
    "ObjectNotFoundError": errors.ObjectNotFoundError(ID, "/srv"),
    "RemoteError": errors.RemoteError("https://host/repo", "has no repository", "a hint"),
    "RemoteTimeoutError": errors.RemoteTimeoutError("https://host/repo", "said nothing for 60 seconds"),
    "ObjectCorruptError": errors.ObjectCorruptError(ID, "/srv", "its stream is cut off"),
    "BundleError": errors.BundleError("pins.bundle", "it is cut off"),
    "LimitError": errors.LimitError("object 'x'", 11, 10, "source"),
    "SignatureError": errors.SignatureError(f"m.C@{ID}", "the commit is not signed", "a hint"),
    "SignersError": errors.SignersError("signers", "the key is not base64", 3),
    "MissingExtraError": errors.MissingExtraError("signatures cannot be checked", "sshsig", "signatures"),
    "PathNotFoundError": errors.PathNotFoundError("a/b.py", ID, "a hint"),
    "PinnedModuleNotFoundError": errors.PinnedModuleNotFoundError("no m", "a hint", name="m", path="m.py"),
    "PinnedImportError": errors.PinnedImportError("m failed", name="m"),
    "PinnedAttributeError": errors.PinnedAttributeError("m has no C", "a hint", name="C"),
    "NotAClassError": errors.NotAClassError("3 is no class"),
    "UncommittedChangesError": UncommittedChangesError("m", CHANGES),
    "UnpinnedError": errors.UnpinnedError("m.C stays unpinned"),
    "DocumentError": errors.DocumentError(
        "expected text, found a list",
        path="p.yaml",
        line=3,
        column=9,
        key_path="steps.split.source",
        hint="h",
    ),
    "ComponentError": errors.ComponentError(
        "argument 'a' is a set, which a document cannot contain", "a hint"
    ),
    "StepFailedError": errors.StepFailedError("mine", "training", "20210111-1", "ValueError: no rows"),
    "UnknownNameError": errors.UnknownNameError("pipeline", "mine", ["mines"]),
    "BackendError": errors.BackendError("the backend is not open"),
    "ShippedError": errors.ShippedError("a generator cannot be shipped"),
    "ReleaseMismatchError": errors.ReleaseMismatchError("m.C names another release"),
}


def test_every_class_has_an_example_here() -> None:
    """A new error class has a test from its first day."""
    defined = {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, PinError)
    }

    assert set(EXAMPLES) == defined


def test_errors_are_defined_in_errors_alone() -> None:
    """No other module of the package defines an error class."""
    import pkgutil
    from importlib import import_module

    import zenml_pin

    for module in pkgutil.walk_packages(zenml_pin.__path__, "zenml_pin."):
        # These modules import tools that are not installed here.
        if not module.name.endswith("__main__") and ".integrations." not in module.name:
            import_module(module.name)
    ours = {cls for cls in _all_subclasses(PinError) if cls.__module__.startswith("zenml_pin")}

    assert {cls.__module__ for cls in ours} == {"zenml_pin.errors"}


def _all_subclasses(cls: type[PinError]) -> set[type[PinError]]:
    classes: set[type[PinError]] = set()
    for each in cls.__subclasses__():
        classes |= {each, *_all_subclasses(each)}
    return classes


@pytest.mark.parametrize("error", EXAMPLES.values(), ids=EXAMPLES)
def test_error_survives_pickling(error: PinError) -> None:
    """Type, text, hint and every attribute come back, with each protocol."""
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        again = pickle.loads(pickle.dumps(error, protocol))

        assert type(again) is type(error)
        assert str(again) == str(error)
        assert again.args == error.args
        assert vars(again) == vars(error)
        for fact in ("name", "path"):
            assert getattr(again, fact, None) == getattr(error, fact, None)


@pytest.mark.parametrize("error", EXAMPLES.values(), ids=EXAMPLES)
def test_error_survives_copying(error: PinError) -> None:
    """Some pools copy exceptions instead."""
    assert str(copy.copy(error)) == str(error)
    assert copy.deepcopy(error).message == error.message


@pytest.mark.parametrize("error", EXAMPLES.values(), ids=EXAMPLES)
def test_message_is_one_line_without_a_full_stop(error: PinError) -> None:
    """The fact in one line; the remedy is in the hint."""
    assert error.message
    assert error.message.isprintable()
    assert not error.message.endswith(".")
    assert error.hint.isprintable()
    assert isinstance(error.hint, str)


BUILT_INS = {
    "SourceSyntaxError": ValueError,
    "CommitNotFoundError": LookupError,
    "UnknownRootsError": LookupError,
    "ObjectNotFoundError": LookupError,
    "PathNotFoundError": LookupError,
    "RevisionError": LookupError,
    "LimitError": ValueError,
    "SignersError": ValueError,
    "MissingExtraError": ImportError,
    "DocumentError": ValueError,
    "RecordError": ValueError,
    "ComponentError": TypeError,
    "StepFailedError": RuntimeError,
    "UnknownNameError": LookupError,
    "PinnedModuleNotFoundError": ModuleNotFoundError,
    "PinnedImportError": ImportError,
    "PinnedAttributeError": AttributeError,
    "NotAClassError": TypeError,
}


@pytest.mark.parametrize("name", BUILT_INS)
def test_error_is_what_callers_already_catch(name: str) -> None:
    """Each is a PinError and also the built-in exception that fits."""
    assert isinstance(EXAMPLES[name], BUILT_INS[name])


def test_import_errors_have_name_and_path() -> None:
    """As importlib's own errors have."""
    error = EXAMPLES["PinnedModuleNotFoundError"]

    assert (error.name, error.path) == ("m", "m.py")  # type: ignore[attr-defined]


def test_uncommitted_changes_are_named_and_counted() -> None:
    """Paths relative to the folder, with git's word for each."""
    error = UncommittedChangesError("m", CHANGES)

    assert str(error) == "'m' has 2 uncommitted changes: step.py (modified), util.py (untracked)"
    assert error.hint == "commit them, or load with allow_dirty=True"


def test_many_changes_are_counted_not_listed() -> None:
    """The message stays one short line."""
    changes = [Change(f"{number}.py", ChangeKind.DELETED) for number in range(9)]

    assert describe_changes("", changes).endswith("4.py (deleted), and 4 more")


@given(st.text(min_size=1))
def test_hostile_paths_stay_on_their_line(path: str) -> None:
    """A file's name cannot forge a second line or hide text behind escapes."""
    error = UncommittedChangesError("m", [Change(path, ChangeKind.UNTRACKED)])

    assert error.message.isprintable()
    assert errors.RevisionError(path, "names no commit").message.isprintable()


HOSTILE = "a\nerror: all is well\x1b[2J\ud800"

SUBJECTS: dict[str, PinError] = {
    "folder": UncommittedChangesError(HOSTILE, CHANGES),
    "path": errors.PathNotFoundError(HOSTILE, ID),
    "repository": errors.NotARepositoryError(HOSTILE),
    "searched": errors.CommitNotFoundError(ID, [HOSTILE]),
    "commit": errors.CommitNotFoundError(HOSTILE, ["/srv"]),
    "place": errors.ObjectNotFoundError(ID, HOSTILE),
    "damaged place": errors.ObjectCorruptError(ID, HOSTILE, HOSTILE),
    "subject": errors.LimitError(HOSTILE, 2, 1, "source"),
    "any": PinError(HOSTILE, HOSTILE),
    "import": errors.PinnedImportError(HOSTILE, name="m"),
}


@pytest.mark.parametrize("error", SUBJECTS.values(), ids=SUBJECTS)
def test_hostile_names_stay_on_one_line_in_every_error(error: PinError) -> None:
    """Whatever a repository calls its files, a message is one printable line."""
    assert error.message.isprintable()
    assert error.hint.isprintable()
    str(error).encode("utf-8")


def test_warnings_are_user_warnings() -> None:
    """They show by default, and warning filters can match them."""
    with pytest.warns(UserWarning, match="unpinned"):
        warnings.warn("unpinned", errors.UnpinnedWarning, stacklevel=1)
    assert issubclass(errors.ReleaseMismatchWarning, UserWarning)
