"""Kinds of repositories, in each of which every edit of `user_edits.py` is tried."""

from __future__ import annotations

import os
from collections.abc import Callable

from tests.support.git.scenario_repository import Box

Variant = Callable[[Box], "Box | None"]
VARIANTS: dict[str, Variant] = {}
# Options that `git init` needs.
INIT_ARGS = {
    "sha256": ("--object-format=sha256",),
    "reftable": ("--ref-format=reftable",),
    "sha256_reftable": ("--object-format=sha256", "--ref-format=reftable"),
}


def variant(function: Variant) -> Variant:
    """Add a function to the table."""
    VARIANTS[function.__name__] = function
    return function


@variant
def plain(box: Box) -> None:
    pass


@variant
def sha256(box: Box) -> None:
    pass


@variant
def reftable(box: Box) -> None:
    pass


@variant
def sha256_reftable(box: Box) -> None:
    """A repository with an annotated tag and more refs than one block can hold."""
    box.git("tag", "-a", "-m", "one", "v1")
    lines = "".join(f"create refs/heads/feature/{number:03} HEAD\n" for number in range(200))
    box.git("update-ref", "--stdin", stdin=lines.encode())


@variant
def packed(box: Box) -> None:
    box.git("gc", "-q")
    box.git("pack-refs", "--all")


@variant
def index_version_4(box: Box) -> None:
    box.git("update-index", "--index-version", "4")


@variant
def split_index(box: Box) -> None:
    box.git("update-index", "--split-index")


@variant
def searched_index(box: Box) -> None:
    """A repository whose index counts as large; the test sets the limit."""


@variant
def untracked_cache(box: Box) -> None:
    box.git("update-index", "--force-untracked-cache")
    box.git("status")


@variant
def autocrlf(box: Box) -> None:
    box.config("core.autocrlf", "true")


@variant
def autocrlf_input(box: Box) -> None:
    box.config("core.autocrlf", "input")


@variant
def text_auto(box: Box) -> None:
    box.write(".gitattributes", b"* text=auto\n*.sh -text\n")
    box.commit(".gitattributes")


@variant
def text_everywhere(box: Box) -> None:
    box.write(".gitattributes", b"*.py text\n*.txt eol=crlf\n*.bin binary\n")
    box.commit()


@variant
def no_file_mode(box: Box) -> None:
    box.config("core.fileMode", "false")


@variant
def no_symlinks(box: Box) -> None:
    box.config("core.symlinks", "false")


@variant
def ignore_case(box: Box) -> None:
    box.config("core.ignoreCase", "true")


@variant
def linked_worktree(box: Box) -> Box:
    path = os.path.join(box.outside, "linked")
    box.git("worktree", "add", "-q", "-b", "linked", path)
    return Box(path, box.outside)


@variant
def separate_git_dir(box: Box) -> None:
    box.git("init", "-q", "--separate-git-dir", os.path.join(box.outside, "gitdir"))


@variant
def sparse_checkout(box: Box) -> None:
    box.git("sparse-checkout", "set", "--cone", "pkg", "other")


@variant
def sparse_index(box: Box) -> None:
    box.git("sparse-checkout", "set", "--cone", "--sparse-index", "pkg", "other")
