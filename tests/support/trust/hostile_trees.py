"""Trees: names that lead elsewhere, two entries with one name, unknown modes, ids of the wrong kind."""

from __future__ import annotations

from collections.abc import Callable

from tests.support.repositories import FILE, FOLDER, LINK, SUBMODULE, Repo, put, put_commit, put_entries
from tests.support.trust.hostile_case import (
    EPOCHS,
    EVIL,
    STEP,
    Case,
    Cases,
    Entries,
    Make,
    commit_of,
    folder,
    ls,
    only,
    raw_tree,
    root,
    step_entry,
)
from zenml_pin.errors import (
    LimitError,
    ObjectCorruptError,
    ObjectNotFoundError,
    PinnedModuleNotFoundError,
)

NO_NAMES = [
    *("", ".", "..", "/", "a/b", "/etc/passwd", "../step.py", "pkg/../step.py", "./step.py", "step.py/"),
    *(".git", ".GIT", ".Git", ".giT"),
]
# These are dangerous where a file system takes them for another name; here they are ordinary names.
ODD_NAMES = [
    *(
        "...",
        ".. ",
        ".git.",
        ".git ",
        "git~1",
        ".g\u200cit",
        "step.py\n",
        "step.py ",
        "Step.py",
        "con",
        "~",
        "*",
    ),
    *("\udcff", "-rf", "$(touch canary)", "\x1b[31m", "\u202estep.py"),
]
NO_MODES = [
    *(b"", b"0", b"644", b"-100644", b"+100644", b"0o100644", b"100648", b"00000100644", b"1e5", b"\xb2"),
    *(b"10644", b"20000", b"60000", b"010000", b"140000", b"777777"),
]
ODD_MODES = [b"100664", b"100600", b"100755", b"100777", b"0100644"]


def deep(levels: int) -> Cases:
    """Commit a module so many folders deep, and list the commit; this builds one object for each level."""

    def make(repo: Repo) -> str:
        tree = put_entries(repo, [step_entry(repo)])
        for _ in range(levels):
            tree = put_entries(repo, [(FOLDER, "a", tree)])
        return commit_of(repo, tree)

    return {f"{levels} folders deep": Case(make, LimitError, ls)}


def _blob(repo: Repo) -> str:
    return put(repo, "blob", STEP)


def _tree(repo: Repo) -> str:
    return put_entries(repo, [step_entry(repo)])


def _file(name: str, content: bytes) -> Callable[[Repo], Entries]:
    return lambda repo: [(FILE, name, put(repo, "blob", content))]


def _folder(name: str) -> Callable[[Repo], Entries]:
    return lambda repo: [(FOLDER, name, _tree(repo))]


def _mode(mode: bytes) -> Make:
    return raw_tree(lambda blob: mode + b" step.py\0" + blob)


CASES: Cases = {
    **{
        f"name {name!a} in the folder": Case(folder(_file(name, STEP)), ObjectCorruptError)
        for name in NO_NAMES
    },
    **{f"name {name!a} in the root": Case(root(_folder(name)), ObjectCorruptError) for name in NO_NAMES},
    **{f"odd name {name!a}": Case(folder(_file(name, EVIL)), EPOCHS) for name in ODD_NAMES},
    **{f"mode {mode!a}": Case(_mode(mode), ObjectCorruptError) for mode in NO_MODES},
    **{f"odd mode {mode!a}": Case(_mode(mode), EPOCHS) for mode in ODD_MODES},
    "NUL in a name": Case(raw_tree(lambda blob: b"100644 st\0ep.py\0" + blob), ObjectCorruptError),
    "cut in an id": Case(raw_tree(lambda blob: b"100644 step.py\0" + blob[:-1]), ObjectCorruptError),
    "junk behind": Case(raw_tree(lambda blob: b"100644 step.py\0" + blob + b"junk"), ObjectCorruptError),
    "no entry at all": Case(raw_tree(lambda blob: b""), PinnedModuleNotFoundError),
    "an id of 32 bytes": Case(
        raw_tree(lambda blob: b"100644 step.py\0" + blob + bytes(12)), ObjectCorruptError
    ),
    "two files of one name": Case(folder(_file("step.py", EVIL)), ObjectCorruptError),
    "a file and a folder of one name": Case(folder(_folder("step.py")), ObjectCorruptError),
    "a file and a link of one name": Case(
        folder(lambda repo: [(LINK, "step.py", put(repo, "blob", b"/etc/passwd"))]), ObjectCorruptError
    ),
    "two folders of one name": Case(root(_folder("pkg")), ObjectCorruptError),
    "a module and a package of one name": Case(
        folder(lambda repo: [(FOLDER, "step", put_entries(repo, [(FILE, "__init__.py", _blob(repo))]))]),
        EPOCHS,
    ),
    "entries in no order": Case(only(lambda repo: [(FILE, "z.py", _blob(repo)), step_entry(repo)]), EPOCHS),
    "a file that is a tree": Case(only(lambda repo: [(FILE, "step.py", _tree(repo))]), ObjectCorruptError),
    "a file that is a commit": Case(
        only(lambda repo: [(FILE, "step.py", put_commit(repo, _tree(repo)))]), ObjectCorruptError
    ),
    "a folder that is a blob": Case(
        lambda repo: commit_of(repo, put_entries(repo, [(FOLDER, "pkg", _blob(repo))])), ObjectCorruptError
    ),
    "a folder that is a commit": Case(
        lambda repo: commit_of(repo, put_entries(repo, [(FOLDER, "pkg", put_commit(repo, _tree(repo)))])),
        ObjectCorruptError,
    ),
    "a folder that is a file": Case(
        lambda repo: commit_of(repo, put_entries(repo, [(FILE, "pkg", _blob(repo))])),
        PinnedModuleNotFoundError,
    ),
    "a file that is missing": Case(only(lambda repo: [(FILE, "step.py", "f" * 40)]), ObjectNotFoundError),
    "a folder that is missing": Case(
        lambda repo: commit_of(repo, put_entries(repo, [(FOLDER, "pkg", "f" * 40)])), ObjectNotFoundError
    ),
    "the null id": Case(only(lambda repo: [(FILE, "step.py", "0" * 40)]), ObjectNotFoundError),
    "a module that is a submodule": Case(
        only(lambda repo: [(SUBMODULE, "step.py", "f" * 40)]), PinnedModuleNotFoundError
    ),
    "a folder that is a submodule": Case(
        lambda repo: commit_of(repo, put_entries(repo, [(SUBMODULE, "pkg", "f" * 40)])),
        PinnedModuleNotFoundError,
    ),
    "a submodule of this very commit's tree": Case(
        lambda repo: commit_of(repo, put_entries(repo, [(SUBMODULE, "pkg", _tree(repo))])),
        PinnedModuleNotFoundError,
    ),
    **deep(101),
    **deep(5000),
}
