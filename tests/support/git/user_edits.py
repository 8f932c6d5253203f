"""What a user may do to a repository, one function for each scenario; the function's name is the scenario's name."""

from __future__ import annotations

import os
from collections.abc import Callable

from tests.support.git.compare_with_git import run_git
from tests.support.git.scenario_repository import Box

Edit = Callable[[Box], None]
EDITS: dict[str, Edit] = {}


def edit(function: Edit) -> Edit:
    """Add a function to the table."""
    EDITS[function.__name__] = function
    return function


@edit
def nothing(box: Box) -> None:
    pass


@edit
def same_size_edit(box: Box) -> None:
    box.write("pkg/step.py", b"class A:\n    epochs = 2\n")


@edit
def same_size_edit_with_the_old_mtime(box: Box) -> None:
    info = os.stat(box.at("pkg/step.py"))
    box.write("pkg/step.py", b"class A:\n    epochs = 2\n")
    os.utime(box.at("pkg/step.py"), ns=(info.st_atime_ns, info.st_mtime_ns))


@edit
def longer_edit(box: Box) -> None:
    box.write("pkg/step.py", b"class A:\n    epochs = 10\n")


@edit
def edit_of_a_binary(box: Box) -> None:
    box.write("pkg/data.bin", bytes(reversed(range(256))) * 3)


@edit
def emptied_file(box: Box) -> None:
    box.write("pkg/step.py", b"")


@edit
def touched_file(box: Box) -> None:
    os.utime(box.at("pkg/step.py"), (1, 1))


@edit
def rewritten_file(box: Box) -> None:
    data = box.read("pkg/step.py")
    box.remove("pkg/step.py")
    box.write("pkg/step.py", data)


@edit
def edit_elsewhere(box: Box) -> None:
    box.write("other/thing.py", b"thing = 2\n")


@edit
def edit_of_a_neighbour_whose_name_starts_alike(box: Box) -> None:
    box.write("pkg-old/step.py", b"old = 2\n")
    box.write("pkg.py", b"decoy = 2\n")


@edit
def staged_edit_elsewhere(box: Box) -> None:
    box.write("other/thing.py", b"thing = 2\n")
    box.git("add", "other")


@edit
def deleted_file(box: Box) -> None:
    box.remove("pkg/step.py")


@edit
def deleted_folder(box: Box) -> None:
    box.remove("pkg")


@edit
def deleted_inner_folder(box: Box) -> None:
    box.remove("pkg/deep")


@edit
def committed_deletion_of_the_folder(box: Box) -> None:
    box.git("rm", "-rq", "pkg")
    box.git("commit", "-qm", "gone")


@edit
def committed_edit(box: Box) -> None:
    box.write("pkg/step.py", b"class A:\n    epochs = 3\n")
    box.commit()


@edit
def executable_bit_added(box: Box) -> None:
    box.chmod("pkg/step.py", 0o755)


@edit
def executable_bit_of_the_group_added(box: Box) -> None:
    box.chmod("pkg/step.py", 0o654)


@edit
def executable_bit_removed(box: Box) -> None:
    box.chmod("pkg/run.sh", 0o644)


@edit
def staged_executable_bit(box: Box) -> None:
    box.git("update-index", "--chmod=+x", "pkg/step.py")


@edit
def link_to_the_same_content(box: Box) -> None:
    data = box.read("pkg/step.py")
    box.write("pkg/copy.txt", data)
    box.git("add", "pkg/copy.txt")
    box.git("commit", "-qm", "copy")
    box.link("pkg/step.py", "copy.txt")


@edit
def link_retargeted(box: Box) -> None:
    box.link("pkg/link", "data.py")


@edit
def link_replaced_by_a_file_of_its_text(box: Box) -> None:
    box.remove("pkg/link")
    box.write("pkg/link", b"step.py")


@edit
def file_replaced_by_a_link_of_its_text(box: Box) -> None:
    box.write("pkg/text", b"step.py")
    box.commit()
    box.link("pkg/text", "step.py")


@edit
def file_replaced_by_a_folder(box: Box) -> None:
    box.remove("pkg/step.py")
    box.write("pkg/step.py/inner.py")


@edit
def file_replaced_by_an_empty_folder(box: Box) -> None:
    box.remove("pkg/step.py")
    os.mkdir(box.at("pkg/step.py"))


@edit
def file_replaced_by_a_repository(box: Box) -> None:
    box.remove("pkg/step.py")
    box.init("pkg/step.py")


@edit
def folder_replaced_by_a_file(box: Box) -> None:
    box.remove("pkg")
    box.write("pkg", b"pkg = 1\n")


@edit
def inner_folder_replaced_by_a_file(box: Box) -> None:
    box.remove("pkg/deep")
    box.write("pkg/deep")


@edit
def folder_replaced_by_a_link_to_an_identical_one(box: Box) -> None:
    target = os.path.join(box.outside, "pkg")
    os.rename(box.at("pkg"), target)
    os.symlink(target, box.at("pkg"))
    box.paths = ["pkg", "pkg/step.py", "pkg/deep", ""]


@edit
def inner_folder_replaced_by_a_link_to_an_identical_one(box: Box) -> None:
    target = os.path.join(box.outside, "deep")
    os.rename(box.at("pkg/deep"), target)
    os.symlink(target, box.at("pkg/deep"))
    box.paths = ["pkg", "pkg/deep", "pkg/deep/er", ""]


@edit
def file_replaced_by_a_fifo(box: Box) -> None:
    box.remove("pkg/step.py")
    os.mkfifo(box.at("pkg/step.py"))


@edit
def untracked_fifo(box: Box) -> None:
    os.mkfifo(box.at("pkg/fifo"))


@edit
def untracked_module(box: Box) -> None:
    box.write("pkg/helper.py")


@edit
def untracked_text(box: Box) -> None:
    box.write("pkg/notes.txt")


@edit
def untracked_module_in_an_inner_folder(box: Box) -> None:
    box.write("pkg/deep/er/helper.py")


@edit
def untracked_folder(box: Box) -> None:
    box.write("pkg/fresh/a/helper.py")
    box.write("pkg/fresh/b.txt")
    box.paths += ["pkg/fresh", "pkg/fresh/a/helper.py"]


@edit
def untracked_empty_folder(box: Box) -> None:
    os.makedirs(box.at("pkg/empty/er"))


@edit
def untracked_link_to_a_folder(box: Box) -> None:
    box.link("pkg/linked", "deep")


@edit
def untracked_dangling_link(box: Box) -> None:
    box.link("pkg/dangling", "nowhere")


@edit
def untracked_module_elsewhere(box: Box) -> None:
    box.write("other/helper.py")


@edit
def ignored_text(box: Box) -> None:
    box.write("pkg/a.log")
    box.write("pkg/build/notes.txt")


@edit
def ignored_module(box: Box) -> None:
    box.write("pkg/secret.py")


@edit
def ignored_module_in_an_ignored_folder(box: Box) -> None:
    box.write("pkg/build/helper.py")


@edit
def ignored_compiled_module(box: Box) -> None:
    box.write("pkg/helper.pyc")


@edit
def ignored_native_module(box: Box) -> None:
    box.write("pkg/secret.so")
    box.write("pkg/build/x.cpython-311-x86_64-linux-gnu.so")


@edit
def compiled_modules_in_their_cache(box: Box) -> None:
    box.write("pkg/__pycache__/step.cpython-311.pyc")
    box.write("pkg/__pycache__/step.cpython-311.pyc.1234")
    box.write("pkg/deep/__pycache__/inner.cpython-311.opt-1.pyc")


@edit
def file_named_as_the_cache(box: Box) -> None:
    box.write("pkg/__pycache__")


@edit
def nested_repository(box: Box) -> None:
    box.init("pkg/nested")
    box.paths += ["pkg/nested"]


@edit
def nested_repository_without_commits(box: Box) -> None:
    box.init("pkg/nested", commit=False)


@edit
def nested_repository_that_is_ignored(box: Box) -> None:
    box.init("pkg/build")


@edit
def nested_folder_with_an_invalid_git_file(box: Box) -> None:
    box.write("pkg/nested/.git", b"gitdir: nowhere\n")
    box.write("pkg/nested/module.py")


@edit
def repository_in_the_tracked_folder(box: Box) -> None:
    box.git("init", "-q", "pkg")


@edit
def repository_in_the_tracked_folder_with_an_untracked_module(box: Box) -> None:
    box.git("init", "-q", "pkg/deep")
    box.write("pkg/deep/helper.py")


@edit
def staged_new_file(box: Box) -> None:
    box.write("pkg/helper.py")
    box.git("add", "pkg")


@edit
def staged_edit(box: Box) -> None:
    box.write("pkg/step.py", b"class A:\n    epochs = 2\n")
    box.git("add", "pkg")


@edit
def staged_edit_taken_back_on_disk(box: Box) -> None:
    data = box.read("pkg/step.py")
    box.write("pkg/step.py", b"class A:\n    epochs = 2\n")
    box.git("add", "pkg")
    box.write("pkg/step.py", data)


@edit
def staged_new_file_removed_from_disk(box: Box) -> None:
    staged_new_file(box)
    box.remove("pkg/helper.py")


@edit
def removed_from_the_index(box: Box) -> None:
    box.git("rm", "-q", "--cached", "pkg/step.py")


@edit
def removed(box: Box) -> None:
    box.git("rm", "-q", "pkg/step.py")


@edit
def renamed(box: Box) -> None:
    box.git("mv", "pkg/step.py", "pkg/stride.py")


@edit
def only_the_name_added(box: Box) -> None:
    box.write("pkg/helper.py")
    box.git("add", "-N", "pkg/helper.py")


@edit
def only_the_name_of_an_empty_file_added(box: Box) -> None:
    box.write("pkg/helper.py", b"")
    box.git("add", "-N", "pkg/helper.py")


@edit
def staged_type_change(box: Box) -> None:
    box.link("pkg/step.py", "data.bin")
    box.git("add", "pkg")


@edit
def line_ends_made_crlf(box: Box) -> None:
    box.write("pkg/step.py", box.read("pkg/step.py").replace(b"\n", b"\r\n"))


@edit
def line_ends_made_crlf_and_added(box: Box) -> None:
    line_ends_made_crlf(box)
    box.git("add", "pkg/step.py")


@edit
def line_ends_made_crlf_added_and_taken_back(box: Box) -> None:
    data = box.read("pkg/step.py")
    line_ends_made_crlf_and_added(box)
    box.write("pkg/step.py", data)


@edit
def some_line_ends_made_crlf(box: Box) -> None:
    box.write("pkg/step.py", box.read("pkg/step.py").replace(b"\n", b"\r\n", 1))


@edit
def crlf_made_lf(box: Box) -> None:
    box.write("pkg/crlf.txt", b"one\ntwo\n")


@edit
def crlf_file_touched(box: Box) -> None:
    os.utime(box.at("pkg/crlf.txt"), (1, 1))


@edit
def crlf_and_a_lone_cr(box: Box) -> None:
    box.write("pkg/step.py", b"class A:\r\n    epo\rchs = 1\r\n")


@edit
def crlf_after_read_tree(box: Box) -> None:
    line_ends_made_crlf(box)
    box.git("read-tree", "HEAD")


@edit
def read_tree(box: Box) -> None:
    box.git("read-tree", "HEAD")


@edit
def assume_unchanged_and_edited(box: Box) -> None:
    box.git("update-index", "--assume-unchanged", "pkg/step.py")
    box.write("pkg/step.py", b"class A:\n    epochs = 2\n")


@edit
def skip_worktree_and_edited(box: Box) -> None:
    box.git("update-index", "--skip-worktree", "pkg/step.py")
    box.write("pkg/step.py", b"class A:\n    epochs = 2\n")


@edit
def skip_worktree_and_deleted(box: Box) -> None:
    box.git("update-index", "--skip-worktree", "pkg/step.py")
    box.remove("pkg/step.py")


@edit
def skip_worktree_and_untouched(box: Box) -> None:
    box.git("update-index", "--skip-worktree", "pkg/step.py")


@edit
def conflict(box: Box) -> None:
    box.git("checkout", "-qb", "side")
    box.write("pkg/step.py", b"class A:\n    epochs = 7\n")
    box.git("commit", "-qam", "side")
    box.git("checkout", "-qB", "mine", "HEAD~1")
    box.write("pkg/step.py", b"class A:\n    epochs = 8\n")
    box.git("commit", "-qam", "mine")
    box.git("merge", "side", may_fail=True)


@edit
def conflict_of_modes(box: Box) -> None:
    blob = box.git("hash-object", "-w", "--stdin", stdin=b"x").strip()
    lines = "".join(f"100644 {blob} {stage}\tpkg/both.py\n" for stage in (1, 2, 3))
    box.git("update-index", "--index-info", stdin=lines.encode())


@edit
def untracked_name_that_is_not_utf8(box: Box) -> None:
    box.write(os.fsdecode(b"pkg/caf\xe9.py"))


@edit
def edited_name_that_is_not_utf8(box: Box) -> None:
    box.write(os.fsdecode(b"pkg/caf\xe9.py"))
    box.commit()
    box.write(os.fsdecode(b"pkg/caf\xe9.py"), b"other = 2\n")


@edit
def names_in_two_unicode_forms(box: Box) -> None:
    box.write("pkg/caf\u00e9.py")
    box.commit()
    box.write("pkg/cafe\u0301.py")


@edit
def name_with_special_characters(box: Box) -> None:
    box.write('pkg/a b\t"c"*?[d]\n.py')


@edit
def long_name(box: Box) -> None:
    folder = "/".join(["d" * 200] * 17)
    box.write(f"pkg/{folder}/long.py")
    box.commit()


@edit
def branch_switched(box: Box) -> None:
    box.git("checkout", "-qb", "side")
    box.write("pkg/step.py", b"class A:\n    epochs = 7\n")
    box.git("commit", "-qam", "side")
    box.git("checkout", "-q", "HEAD~1")


@edit
def head_moved_without_a_checkout(box: Box) -> None:
    box.write("pkg/step.py", b"class A:\n    epochs = 7\n")
    box.git("commit", "-qam", "later")
    box.git("reset", "-q", "--soft", "HEAD~1")


@edit
def head_and_index_moved_without_a_checkout(box: Box) -> None:
    box.write("pkg/step.py", b"class A:\n    epochs = 7\n")
    box.git("commit", "-qam", "later")
    box.git("reset", "-q", "--mixed", "HEAD~1")


@edit
def index_missing(box: Box) -> None:
    os.remove(os.path.join(box.git("rev-parse", "--absolute-git-dir").strip(), "index"))


@edit
def index_locked(box: Box) -> None:
    gitdir = box.git("rev-parse", "--absolute-git-dir").strip()
    with open(os.path.join(gitdir, "index.lock"), "wb"):
        pass


@edit
def stashed(box: Box) -> None:
    box.write("pkg/step.py", b"class A:\n    epochs = 7\n")
    box.git("stash", "-q")


@edit
def committed_cache_edited(box: Box) -> None:
    box.write("pkg/__pycache__/step.cpython-311.pyc", b"one")
    box.git("add", "-f", "pkg")
    box.git("commit", "-qm", "cache")
    box.write("pkg/__pycache__/step.cpython-311.pyc", b"two")


@edit
def submodule(box: Box) -> None:
    source = os.path.join(box.outside, "source")
    os.makedirs(source)
    run_git("init", "-q", "-b", "main", *object_format(box), cwd=source)
    run_git("commit", "-q", "--allow-empty", "-m", "empty", cwd=source)
    box.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", source, "pkg/sub")
    box.git("commit", "-qm", "submodule")


def object_format(box: Box) -> list[str]:
    """Return the option that makes a repository with the same hash algorithm."""
    return ["--object-format=" + box.git("rev-parse", "--show-object-format").strip()]
