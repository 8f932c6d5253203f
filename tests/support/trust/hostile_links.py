"""Symbolic links: links out of the tree, links in circles, and too many links."""

from __future__ import annotations

from tests.support.repositories import FILE, FOLDER, LINK, SUBMODULE, Repo, put, put_entries
from tests.support.trust.hostile_case import (
    EPOCHS,
    STEP,
    Case,
    Cases,
    Make,
    cat,
    commit_of,
    only,
    root,
    step_entry,
)
from zenml_pin.errors import PathNotFoundError, PinnedImportError, PinnedModuleNotFoundError, UnsupportedError


def module_link(target: bytes) -> Make:
    """Commit `pkg/step.py` as a link."""
    return only(lambda repo: [(LINK, "step.py", put(repo, "blob", target))])


def folder_link(target: bytes) -> Make:
    """Commit `pkg` as a link, together with a sound `other/`."""

    def make(repo: Repo) -> str:
        entries = [
            (FOLDER, "other", put_entries(repo, [step_entry(repo)])),
            (LINK, "pkg", put(repo, "blob", target)),
        ]
        return commit_of(repo, put_entries(repo, entries))

    return make


def chain(hops: int) -> Make:
    """Commit a chain of links; l0 is the last and `pkg/step.py` the first."""

    def make(repo: Repo) -> str:
        links = [(LINK, f"l{hop}.py", put(repo, "blob", b"l%d.py" % (hop - 1))) for hop in range(1, hops)]
        first = (LINK, "step.py", put(repo, "blob", b"l%d.py" % (hops - 1)))
        sound = (FILE, "l0.py", put(repo, "blob", STEP))
        return only(lambda repo: sorted([sound, *links, first], key=lambda entry: entry[1]))(repo)

    return make


def _submodule_link(repo: Repo) -> str:
    links = [(LINK, "pkg", put(repo, "blob", b"vendored/pkg")), (SUBMODULE, "vendored", "f" * 40)]
    return commit_of(repo, put_entries(repo, links))


OUT = {
    "above the root": b"../../outside.py",
    "far above": b"../" * 60 + b"etc/passwd",
    "an absolute path": b"/etc/passwd",
    "this process": b"/proc/self/environ",
    "a device": b"/dev/zero",
    "the repository": b"../.git/config",
    "itself": b"step.py",
    "nothing": b"nowhere.py",
    "the empty text": b"",
    "a NUL": b"step\0.py",
    "a file as a folder": b"step.py/step.py",
    "no UTF-8": b"\xff\xfe",
    "a very long path": b"a/" * 4000 + b"step.py",
    "a home": b"~/step.py",
    "a URL": b"https://127.0.0.1/step.py",
}

CASES: Cases = {
    **{
        f"a module that leads to {name}": Case(module_link(target), PinnedImportError)
        for name, target in OUT.items()
    },
    **{
        f"a file that leads to {name}": Case(module_link(target), PathNotFoundError, cat("pkg/step.py"))
        for name, target in OUT.items()
    },
    "a module that leads to its folder": Case(module_link(b"."), PinnedModuleNotFoundError),
    "a file that leads to its folder": Case(module_link(b"."), UnsupportedError, cat("pkg/step.py")),
    "a folder that leads out": Case(folder_link(b"../other"), PinnedModuleNotFoundError),
    "a folder that leads to itself": Case(folder_link(b"pkg"), PinnedModuleNotFoundError),
    "a folder that leads below itself": Case(folder_link(b"pkg/pkg"), PinnedModuleNotFoundError),
    "a folder that leads to /": Case(folder_link(b"/"), PinnedModuleNotFoundError),
    "a folder that leads into a submodule": Case(_submodule_link, PinnedModuleNotFoundError),
    "a folder that leads to another": Case(folder_link(b"other"), EPOCHS),
    "a folder that leads out and in again": Case(folder_link(b"../repo/other"), PinnedModuleNotFoundError),
    "a folder in a circle of two": Case(
        root(lambda repo: [(LINK, "x", put(repo, "blob", b"y")), (LINK, "y", put(repo, "blob", b"x"))]),
        PathNotFoundError,
        cat("x/step.py"),
    ),
    "40 hops": Case(chain(40), EPOCHS),
    "41 hops": Case(chain(41), PinnedImportError),
    "1000 hops": Case(chain(1000), PinnedImportError),
    "40 hops to a file": Case(chain(40), STEP, cat("pkg/step.py")),
    "41 hops to a file": Case(chain(41), PathNotFoundError, cat("pkg/step.py")),
    "a link that doubles at each hop": Case(
        root(
            lambda repo: [
                (LINK, f"d{n}", put(repo, "blob", b"/".join([b"d%d" % (n - 1)] * 2))) for n in range(1, 40)
            ]
        ),
        PathNotFoundError,
        cat("d39/step.py"),
    ),
}
