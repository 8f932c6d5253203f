"""Scenarios that each need a special repository: settings, filters, submodules, refs, damaged indexes.

They use the functions of `user_edits.py`, and run in a plain repository.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable

from tests.support.git import user_edits
from tests.support.git.compare_with_git import run_git
from tests.support.git.scenario_repository import Box

SPECIALS: dict[str, Callable[[Box], None]] = {}
INCLUDED = b"[core]\n\tautocrlf = true\n"


def special(function: Callable[[Box], None]) -> Callable[[Box], None]:
    """Add a function to the table."""
    SPECIALS[function.__name__] = function
    return function


def outside(box: Box, name: str, data: bytes) -> str:
    """Write a file beside the repository and return its path."""
    path = os.path.join(box.outside, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(data)
    return path


# Files that settings come from. Each one makes a file with CRLF clean, or would do so if git read it


def from_files(**sources: Callable[[Box], None]) -> None:
    """Add scenarios that set core.autocrlf in one way, over a file with CRLF whose size the index does not know."""
    for name, configure in sources.items():

        def scenario(box: Box, configure: Callable[[Box], None] = configure) -> None:
            user_edits.crlf_after_read_tree(box)
            configure(box)

        scenario.__name__ = f"autocrlf_{name}"
        special(scenario)


def _environ(name: str, value: str) -> None:
    os.environ[name] = value


def _home(box: Box, name: str, data: bytes) -> None:
    outside(box, name, data)
    os.environ["HOME"] = box.outside


def _append(box: Box, text: str) -> None:
    with open(os.path.join(box.git("rev-parse", "--absolute-git-dir").strip(), "config"), "a") as file:
        file.write(text)


def _include(box: Box, section: str, path: str | None = None) -> None:
    target = path or outside(box, "included", INCLUDED)
    _append(box, f"[{section}]\n\tpath = {target}\n")


def _worktree_config(box: Box) -> None:
    box.config("extensions.worktreeConfig", "true")
    box.git("config", "--worktree", "core.autocrlf", "true")


def _command_count(box: Box) -> None:
    _environ("GIT_CONFIG_COUNT", "1")
    _environ("GIT_CONFIG_KEY_0", "core.autocrlf")
    _environ("GIT_CONFIG_VALUE_0", "true")


def _overridden(box: Box) -> None:
    _home(box, ".gitconfig", INCLUDED)
    box.config("core.autocrlf", "false")


def _included_twice(box: Box) -> None:
    _include(box, "include", outside(box, "a/one", b"[include]\n\tpath = two\n"))
    outside(box, "a/two", INCLUDED)


def _included_then_overridden(box: Box) -> None:
    _include(box, "include")
    _append(box, "[core]\n\tautocrlf = false\n")


def _overridden_by_an_include(box: Box) -> None:
    box.config("core.autocrlf", "false")
    _include(box, "include")


def _in_a_linked_worktree(box: Box) -> None:
    _include(box, 'includeIf "gitdir:**/worktrees/**"')


def _system(box: Box) -> None:
    _environ("GIT_CONFIG_NOSYSTEM", "0")
    _environ("GIT_CONFIG_SYSTEM", outside(box, "system", INCLUDED))


def _no_system(box: Box) -> None:
    _environ("GIT_CONFIG_SYSTEM", outside(box, "system", INCLUDED))


from_files(
    in_the_repository=lambda box: box.config("core.autocrlf", "true"),
    in_the_repository_in_capitals=lambda box: _append(box, "[CORE]\n\tAutoCRLF = TRUE\n"),
    without_a_value=lambda box: _append(box, "[core]\n\tautocrlf\n"),
    as_a_number=lambda box: box.config("core.autocrlf", "1"),
    as_zero=lambda box: box.config("core.autocrlf", "0"),
    empty=lambda box: _append(box, "[core]\n\tautocrlf =\n"),
    invalid=lambda box: _append(box, "[core]\n\tautocrlf = maybe\n"),
    in_a_damaged_file=lambda box: _append(box, "[core\n\tautocrlf = true\n"),
    in_the_home=lambda box: _home(box, ".gitconfig", INCLUDED),
    in_the_home_of_xdg=lambda box: _home(box, ".config/git/config", INCLUDED),
    in_xdg=lambda box: _environ(
        "XDG_CONFIG_HOME", os.path.dirname(outside(box, "git/config", INCLUDED))[:-4]
    ),
    in_the_global_file=lambda box: _environ("GIT_CONFIG_GLOBAL", outside(box, "global", INCLUDED)),
    in_the_system_file=_system,
    in_a_system_file_that_is_switched_off=_no_system,
    in_the_worktree=_worktree_config,
    by_count=_command_count,
    by_parameters=lambda box: _environ("GIT_CONFIG_PARAMETERS", "'core.autocrlf'='true'"),
    by_old_parameters=lambda box: _environ("GIT_CONFIG_PARAMETERS", "'core.autocrlf=true'"),
    overridden=_overridden,
    included=lambda box: _include(box, "include"),
    included_by_an_included_file=_included_twice,
    included_and_then_overridden=_included_then_overridden,
    overridden_by_an_include=_overridden_by_an_include,
    included_but_missing=lambda box: _include(box, "include", "/nowhere/at/all"),
    included_for_the_gitdir=lambda box: _include(box, f'includeIf "gitdir:{box.root}/.git"'),
    included_for_a_folder_above=lambda box: _include(box, f'includeIf "gitdir:{os.path.dirname(box.root)}/"'),
    included_for_a_name=lambda box: _include(box, 'includeIf "gitdir:repo/"'),
    included_for_another_name=lambda box: _include(box, 'includeIf "gitdir:elsewhere/"'),
    included_for_a_name_in_capitals=lambda box: _include(box, 'includeIf "gitdir/i:REPO/"'),
    included_for_a_relative_folder=lambda box: _include(box, 'includeIf "gitdir:./"'),
    included_for_the_branch=lambda box: _include(box, 'includeIf "onbranch:main"'),
    included_for_branches=lambda box: _include(box, 'includeIf "onbranch:ma*"'),
    included_for_another_branch=lambda box: _include(box, 'includeIf "onbranch:side"'),
    included_for_what_nobody_knows=lambda box: _include(box, 'includeIf "weather:fine"'),
    included_for_a_remote=lambda box: _include(box, 'includeIf "hasconfig:remote.*.url:x"'),
    included_for_a_linked_worktree=_in_a_linked_worktree,
)


@special
def sized_settings(box: Box) -> None:
    box.config("core.bigFileThreshold", "1m")
    box.config("pack.windowMemory", "100m")


@special
def worktree_by_setting(box: Box) -> None:
    elsewhere = os.path.join(box.outside, "elsewhere")
    box.config("core.worktree", elsewhere)
    os.makedirs(elsewhere)
    for name in ("pkg", "other", "pkg-old", "pkg.py", "README.md", ".gitignore"):
        os.rename(box.at(name), os.path.join(elsewhere, name))
    os.rename(box.at(".git"), os.path.join(box.outside, "gitdir"))
    for root in (elsewhere,):
        with open(os.path.join(root, ".git"), "w") as file:
            file.write(f"gitdir: {os.path.join(box.outside, 'gitdir')}\n")
    box.root = elsewhere


@special
def exclude_in_a_linked_worktree(box: Box) -> None:
    path = os.path.join(box.outside, "linked")
    box.git("worktree", "add", "-q", path)
    box.write(".git/info/exclude", b"*.txt\n")
    box.root = path
    box.write("pkg/notes.txt")


@special
def linked_worktree_in_the_worktree(box: Box) -> None:
    box.git("worktree", "add", "-q", "pkg/tree")


@special
def default_ignore_file_of_the_user(box: Box) -> None:
    _home(box, ".config/git/ignore", b"*.txt\n")
    box.write("pkg/notes.txt")


@special
def default_attributes_file_of_the_user(box: Box) -> None:
    _home(box, ".config/git/attributes", b"*.py text\n")
    user_edits.crlf_after_read_tree(box)


@special
def ignore_file_of_the_user_below_the_home(box: Box) -> None:
    _home(box, "my-ignores", b"*.txt\n")
    box.config("core.excludesFile", "~/my-ignores")
    box.write("pkg/notes.txt")


@special
def ignore_file_of_the_user_relative(box: Box) -> None:
    box.write("rules/ignores", b"*.txt\n")
    box.commit()
    box.config("core.excludesFile", "rules/ignores")
    box.write("pkg/notes.txt")


@special
def ignore_file_that_is_a_folder(box: Box) -> None:
    os.makedirs(box.at("pkg/.gitignore"))


@special
def ignore_file_that_is_a_link(box: Box) -> None:
    box.write("pkg/rules", b"*.txt\n")
    box.link("pkg/.gitignore", "rules")
    box.commit()
    box.write("pkg/notes.txt")


@special
def ignored_tracked_file_edited(box: Box) -> None:
    box.write("pkg/secret.py")
    box.git("add", "-f", "pkg/secret.py")
    box.git("commit", "-qm", "forced")
    box.write("pkg/secret.py", b"other = 2\n")


@special
def ignored_folder_with_a_tracked_file(box: Box) -> None:
    box.write("pkg/build/kept.py")
    box.git("add", "-f", "pkg/build/kept.py")
    box.git("commit", "-qm", "forced")
    box.write("pkg/build/notes.txt")


@special
def ignored_folder_itself(box: Box) -> None:
    box.write("pkg/build/notes.txt")
    box.paths = ["pkg/build", "pkg/build/notes.txt"]


@special
def ignored_module_itself(box: Box) -> None:
    box.write("pkg/secret.py")
    box.write("pkg/build/helper.py")
    box.paths = ["pkg/secret.py", "pkg/build", "pkg/build/helper.py"]


@special
def ignored_environment(box: Box) -> None:
    box.write("pkg/build/lib/python3.11/site-packages/x.py")


# Attributes and filters


@special
def attributes_file_deleted_from_disk(box: Box) -> None:
    box.write(".gitattributes", b"*.py text\n")
    box.commit()
    user_edits.crlf_after_read_tree(box)
    box.remove(".gitattributes")
    box.paths = ["pkg"]


@special
def attributes_file_staged_but_not_on_disk(box: Box) -> None:
    box.write(".gitattributes", b"*.txt text\n")
    box.git("add", ".gitattributes")
    box.remove(".gitattributes")
    os.utime(box.at("pkg/crlf.txt"), (1, 1))
    box.paths = ["pkg"]


@special
def attributes_file_that_is_a_link(box: Box) -> None:
    box.write("rules", b"*.py text\n")
    box.link(".gitattributes", "rules")
    box.commit()
    user_edits.crlf_after_read_tree(box)
    box.paths = ["pkg"]


@special
def text_file_committed_with_crlf(box: Box) -> None:
    box.write(".gitattributes", b"*.txt text\n")
    box.git("add", ".gitattributes")
    box.git("commit", "-qm", "attributes")
    os.utime(box.at("pkg/crlf.txt"), (1, 1))


def _filter(box: Box, clean: str, name: str = "clean") -> None:
    box.write(".gitattributes", b"*.py filter=custom\n")
    box.commit(".gitattributes")
    box.config(f"filter.custom.{name}", clean)
    os.utime(box.at("pkg/step.py"), (1, 1))


@special
def filter_that_changes_content(box: Box) -> None:
    _filter(box, "tr a-z A-Z")


def _touched_filter(box: Box, text: str) -> None:
    box.write(".gitattributes", b"*.py filter=x\n")
    box.commit()
    _append(box, text)
    os.utime(box.at("pkg/step.py"), (1, 1))


FILTER = '[filter "x"]\n\tclean = tr a-z A-Z\n'


@special
def filter_in_a_file_included_in_capitals(box: Box) -> None:
    _touched_filter(box, f"[include]\n\tPATH = {outside(box, 'included', FILTER.encode())}\n")


@special
def filter_in_a_subsection_after_a_dot(box: Box) -> None:
    _touched_filter(box, "[filter.X]\n\tclean = tr a-z A-Z\n")


@special
def filter_in_the_file_of_a_link(box: Box) -> None:
    os.symlink(box.root, os.path.join(box.outside, "link"))
    path = outside(box, "included", FILTER.encode())
    _touched_filter(box, f'[includeIf "gitdir:{box.outside}/link/"]\n\tpath = {path}\n')


@special
def filter_that_changes_nothing(box: Box) -> None:
    _filter(box, "cat")


@special
def filter_that_fails_and_is_required(box: Box) -> None:
    _filter(box, "false")
    box.config("filter.custom.required", "true")


@special
def filter_that_is_required_and_has_no_command(box: Box) -> None:
    _filter(box, "true", name="required")


@special
def filter_that_leaves_a_trace(box: Box) -> None:
    _filter(box, f"touch {box.outside}/filter-ran; cat")


@special
def monitor_that_leaves_a_trace(box: Box) -> None:
    box.config("core.fsmonitor", f"touch {box.outside}/monitor-ran; false")


@special
def ident_keyword(box: Box) -> None:
    box.write(".gitattributes", b"*.py ident\n")
    box.write("pkg/step.py", b"# $Id$\n")
    box.commit()
    box.write("pkg/step.py", b"# $Id: 1234 $\n")
    box.git("read-tree", "HEAD")


@special
def encoding(box: Box) -> None:
    box.write(".gitattributes", b"*.txt working-tree-encoding=UTF-16\n")
    box.write("pkg/wide.txt", "wide\n".encode("utf-16"))
    box.remove("pkg/crlf.txt")
    box.commit()


LFS = """#!/bin/sh
[ "$1" = clean ] || exit 1
content=$(mktemp); cat > "$content"
if head -c 43 "$content" | grep -q '^version https://git-lfs'; then cat "$content"
elif [ -s "$content" ]; then
  printf 'version https://git-lfs.github.com/spec/v1\\noid sha256:%s\\nsize %s\\n' \\
    "$(sha256sum < "$content" | cut -d' ' -f1)" "$(wc -c < "$content")"
fi
rm "$content"
"""


def _lfs(box: Box, data: bytes = b"weights") -> None:
    script = outside(box, "bin/git-lfs", LFS.encode())
    os.chmod(script, 0o755)
    os.environ["PATH"] = f"{os.path.dirname(script)}{os.pathsep}{os.environ['PATH']}"
    box.config("filter.lfs.clean", "git-lfs clean -- %f")
    box.config("filter.lfs.required", "true")
    box.write(".gitattributes", b"*.weights filter=lfs -text\n")
    box.write("pkg/model.weights", data)
    box.commit()


@special
def lfs_file(box: Box) -> None:
    _lfs(box)


@special
def lfs_file_touched(box: Box) -> None:
    _lfs(box)
    os.utime(box.at("pkg/model.weights"), (1, 1))


@special
def lfs_file_that_is_empty(box: Box) -> None:
    _lfs(box, b"")
    os.utime(box.at("pkg/model.weights"), (1, 1))


@special
def lfs_file_that_is_long(box: Box) -> None:
    _lfs(box, b"weights" * 1000)


@special
def lfs_file_that_is_long_edited(box: Box) -> None:
    _lfs(box, b"weights" * 1000)
    box.write("pkg/model.weights", b"WEIGHTS" * 1000)
    box.git("read-tree", "HEAD")


@special
def lfs_file_that_is_long_with_an_index_without_sizes(box: Box) -> None:
    _lfs(box, b"weights" * 1000)
    box.git("read-tree", "HEAD")


@special
def lfs_file_edited(box: Box) -> None:
    _lfs(box)
    box.write("pkg/model.weights", b"WEIGHTS")


@special
def lfs_file_longer(box: Box) -> None:
    _lfs(box)
    box.write("pkg/model.weights", b"more weights")


def _pointer(box: Box) -> bytes:
    return box.git("show", "HEAD:pkg/model.weights").encode()


@special
def lfs_pointer_on_disk(box: Box) -> None:
    _lfs(box)
    box.write("pkg/model.weights", _pointer(box))


@special
def lfs_pointer_on_disk_with_an_index_without_sizes(box: Box) -> None:
    lfs_pointer_on_disk(box)
    box.git("read-tree", "HEAD")


@special
def lfs_other_pointer_on_disk(box: Box) -> None:
    _lfs(box)
    box.write("pkg/model.weights", _pointer(box).replace(b"size 7", b"size 8"))
    box.git("read-tree", "HEAD")


@special
def lfs_file_with_an_index_without_sizes(box: Box) -> None:
    _lfs(box)
    box.git("read-tree", "HEAD")


@special
def lfs_without_a_driver(box: Box) -> None:
    _lfs(box)
    box.git("config", "--remove-section", "filter.lfs")
    box.git("read-tree", "HEAD")


@special
def lfs_file_committed_without_it(box: Box) -> None:
    box.write("pkg/model.weights", b"weights")
    box.commit()
    _lfs(box, b"weights")
    os.utime(box.at("pkg/model.weights"), (1, 1))


# Submodules


def _enter(box: Box, *args: str) -> None:
    run_git(*args, cwd=box.at("pkg/sub"))


def _submodule(box: Box) -> None:
    source = os.path.join(box.outside, "source")
    os.makedirs(source)
    run_git("init", "-q", "-b", "main", cwd=source)
    with open(os.path.join(source, "module.py"), "w") as file:
        file.write("module = 1\n")
    run_git("add", "-A", cwd=source)
    run_git("commit", "-q", "-m", "first", cwd=source)
    box.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", source, "pkg/sub")
    box.git("commit", "-qm", "submodule")
    box.paths = ["pkg", "pkg/sub", ""]


@special
def submodule_that_is_clean(box: Box) -> None:
    _submodule(box)


@special
def submodule_staged(box: Box) -> None:
    _submodule(box)
    box.git("reset", "-q", "--soft", "HEAD~1")


@special
def submodule_not_initialised(box: Box) -> None:
    _submodule(box)
    box.git("submodule", "deinit", "-f", "pkg/sub")


@special
def submodule_not_initialised_with_a_file(box: Box) -> None:
    submodule_not_initialised(box)
    box.write("pkg/sub/module.py")


def _lose_gitdir(box: Box) -> None:
    _submodule(box)
    box.remove(".git/modules/pkg/sub")


@special
def submodule_without_its_git_directory(box: Box) -> None:
    _lose_gitdir(box)


@special
def submodule_without_its_git_directory_and_files(box: Box) -> None:
    _lose_gitdir(box)
    box.remove("pkg/sub/module.py")


@special
def submodule_whose_git_directory_is_empty(box: Box) -> None:
    _lose_gitdir(box)
    os.mkdir(box.at(".git/modules/pkg/sub"))


@special
def submodule_whose_git_file_has_other_text(box: Box) -> None:
    _submodule(box)
    box.write("pkg/sub/.git", b"hello\n")


@special
def submodule_whose_git_folder_is_empty(box: Box) -> None:
    _submodule(box)
    box.remove("pkg/sub/.git")
    os.mkdir(box.at("pkg/sub/.git"))


@special
def submodule_whose_git_link_leads_nowhere(box: Box) -> None:
    _submodule(box)
    box.link("pkg/sub/.git", "nowhere")


@special
def submodule_without_its_git_directory_that_settings_ignore(box: Box) -> None:
    _lose_gitdir(box)
    box.config("submodule.pkg/sub.ignore", "all")


@special
def submodule_missing(box: Box) -> None:
    _submodule(box)
    box.remove("pkg/sub")


@special
def submodule_replaced_by_a_file(box: Box) -> None:
    _submodule(box)
    box.remove("pkg/sub")
    box.write("pkg/sub")


@special
def submodule_replaced_by_a_link(box: Box) -> None:
    _submodule(box)
    os.rename(box.at("pkg/sub"), os.path.join(box.outside, "sub"))
    os.symlink(os.path.join(box.outside, "sub"), box.at("pkg/sub"))


@special
def submodule_with_a_new_commit(box: Box) -> None:
    _submodule(box)
    _enter(box, "commit", "-q", "--allow-empty", "-m", "second")


@special
def submodule_with_a_new_commit_staged(box: Box) -> None:
    submodule_with_a_new_commit(box)
    box.git("add", "pkg/sub")


@special
def submodule_edited(box: Box) -> None:
    _submodule(box)
    box.write("pkg/sub/module.py", b"module = 2\n")


@special
def submodule_staged_edit(box: Box) -> None:
    submodule_edited(box)
    _enter(box, "add", "-A")


@special
def submodule_with_an_untracked_file(box: Box) -> None:
    _submodule(box)
    box.write("pkg/sub/helper.py")


@special
def submodule_with_an_ignored_text(box: Box) -> None:
    _submodule(box)
    box.write("../repo/.git/modules/pkg/sub/info/exclude", b"*.log\n")
    box.write("pkg/sub/a.log")


@special
def submodule_without_commits(box: Box) -> None:
    _submodule(box)
    _enter(box, "checkout", "-q", "--orphan", "empty")
    _enter(box, "rm", "-rfq", ".")


@special
def submodule_with_a_git_folder(box: Box) -> None:
    box.init("pkg/sub")
    box.git("add", "pkg/sub", may_fail=True)
    box.git("commit", "-qm", "embedded")


@special
def submodule_in_a_submodule_edited(box: Box) -> None:
    box.init("pkg/sub")
    box.init("pkg/sub/inner")
    _enter(box, "add", "-A")
    _enter(box, "commit", "-qm", "inner")
    box.git("add", "pkg/sub")
    box.git("commit", "-qm", "outer")
    box.write("pkg/sub/inner/module.py", b"module = 2\n")


@special
def submodule_path_inside(box: Box) -> None:
    _submodule(box)
    box.paths = ["pkg/sub/module.py"]


# Sparse checkouts


@special
def sparse_path_left_out(box: Box) -> None:
    box.git("sparse-checkout", "set", "--cone", "other")
    box.paths = ["pkg", "pkg/step.py", "other", ""]


@special
def sparse_path_left_out_of_a_sparse_index(box: Box) -> None:
    box.git("sparse-checkout", "set", "--cone", "--sparse-index", "other")
    box.paths = ["pkg", "pkg/step.py", "pkg/deep", "other", ""]


@special
def sparse_file_brought_back_and_edited(box: Box) -> None:
    box.git("sparse-checkout", "set", "--cone", "other")
    box.write("pkg/step.py", b"class A:\n    epochs = 2\n")


@special
def sparse_patterns(box: Box) -> None:
    box.git("sparse-checkout", "set", "--no-cone", "/*", "!pkg/step.py")


@special
def sparse_ignore_file_left_out(box: Box) -> None:
    box.write("pkg/.gitignore", b"*.txt\n!kept.txt\n")
    box.commit()
    box.git("sparse-checkout", "set", "--no-cone", "/*", "!pkg/.gitignore")
    box.write("pkg/notes.txt")
    box.write("pkg/kept.txt")


# HEAD


@special
def head_unborn(box: Box) -> None:
    box.git("checkout", "-q", "--orphan", "fresh")


@special
def head_unborn_and_nothing_staged(box: Box) -> None:
    box.git("checkout", "-q", "--orphan", "fresh")
    box.git("rm", "-rfq", ".")
    box.paths += ["nowhere"]


@special
def head_unborn_and_nothing_staged_but_files(box: Box) -> None:
    box.git("checkout", "-q", "--orphan", "fresh")
    box.git("read-tree", "--empty")


@special
def head_names_nothing(box: Box) -> None:
    box.write(".git/HEAD", b"ref: refs/heads/nowhere\n")


@special
def head_names_a_tree(box: Box) -> None:
    tree = box.git("rev-parse", "HEAD^{tree}")
    box.write(".git/HEAD", tree.encode())


@special
def head_names_a_missing_commit(box: Box) -> None:
    box.write(".git/HEAD", b"1" * 40 + b"\n")


@special
def head_on_a_tag(box: Box) -> None:
    box.git("tag", "-a", "v1", "-m", "one")
    box.git("checkout", "-q", "v1")


@special
def head_replaced(box: Box) -> None:
    first = box.git("rev-parse", "HEAD").strip()
    box.write("pkg/step.py", b"class A:\n    epochs = 3\n")
    box.commit()
    box.git("replace", "HEAD", first)


@special
def head_replaced_and_packed(box: Box) -> None:
    head_replaced(box)
    box.git("pack-refs", "--all")


@special
def tree_of_the_folder_replaced(box: Box) -> None:
    box.git("replace", "HEAD:pkg", "HEAD:other")


@special
def unrelated_object_replaced(box: Box) -> None:
    box.git("replace", "HEAD:README.md", "HEAD:pkg.py")
    box.paths = ["pkg"]


@special
def shallow_clone(box: Box) -> None:
    box.commit()
    path = os.path.join(box.outside, "shallow")
    run_git("clone", "-q", "--depth=1", f"file://{box.root}", path, cwd=box.outside)
    box.root = path


@special
def path_that_is_nowhere(box: Box) -> None:
    box.paths = ["nowhere", "pkg/nowhere.py", "pkg/step.py/below", "pkg/nowhere/below"]


@special
def path_with_special_characters(box: Box) -> None:
    box.write("we*ird/[a]?.py")
    box.commit()
    box.paths = ["we*ird", "we*ird/[a]?.py", "we?ird"]


@special
def path_through_a_tracked_link(box: Box) -> None:
    box.link("alias", "pkg")
    box.commit()
    box.paths = ["alias", "alias/step.py"]


@special
def path_of_a_link(box: Box) -> None:
    box.paths = ["pkg/link"]


# Index files


def _index(box: Box) -> bytes:
    return box.read(".git/index")


def _with_extension(box: Box, signature: bytes) -> None:
    data = _index(box)
    box.write(".git/index", data[:-20] + signature + struct.pack(">I", 3) + b"abc" + bytes(20))


@special
def index_with_an_unknown_optional_extension(box: Box) -> None:
    _with_extension(box, b"ZZZZ")


@special
def index_with_an_unknown_required_extension(box: Box) -> None:
    _with_extension(box, b"zzzz")


@special
def index_with_a_wrong_trailer(box: Box) -> None:
    box.write(".git/index", _index(box)[:-20] + b"\1" * 20)


@special
def index_of_an_unknown_version(box: Box) -> None:
    data = _index(box)
    box.write(".git/index", data[:4] + struct.pack(">I", 5) + data[8:])


@special
def index_of_another_kind(box: Box) -> None:
    box.write(".git/index", b"JUNK" + _index(box)[4:])


@special
def index_that_is_empty(box: Box) -> None:
    box.write(".git/index", b"")


@special
def index_that_is_a_folder(box: Box) -> None:
    box.remove(".git/index")
    os.makedirs(box.at(".git/index"))


@special
def index_with_offsets(box: Box) -> None:
    box.config("index.recordEndOfIndexEntries", "true")
    box.config("index.recordOffsetTable", "true")
    box.config("index.threads", "2")
    box.git("update-index", "--force-write-index")


@special
def index_with_resolved_conflicts(box: Box) -> None:
    user_edits.conflict(box)
    box.write("pkg/step.py", b"class A:\n    epochs = 9\n")
    box.git("add", "pkg/step.py")


@special
def index_that_is_split_and_sparse(box: Box) -> None:
    box.git("sparse-checkout", "set", "--cone", "--sparse-index", "other")
    box.git("update-index", "--split-index", may_fail=True)
    box.paths = ["pkg", "pkg/nowhere", "other"]


@special
def index_without_a_trailer(box: Box) -> None:
    box.config("index.skipHash", "true")
    box.git("update-index", "--force-write-index")
