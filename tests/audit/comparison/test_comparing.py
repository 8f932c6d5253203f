"""diff: what changed between two pins of a class, or between a pin and the working tree."""

from __future__ import annotations

import json
import random
from itertools import pairwise

import pytest

from tests.support.repositories import Executable, Files, Link, Repo, Submodule, commit, init, nest, write
from zenml_pin.audit.comparison.comparing import diff
from zenml_pin.audit.comparison.difference import Difference, FileKind, Role, Verdict
from zenml_pin.errors import CommitNotFoundError, PinnedModuleNotFoundError, UnpinnedError, UnsupportedError
from zenml_pin.pins.code_id import code_id
from zenml_pin.pins.lookup import get_repository
from zenml_pin.source import Source

STEP = "from trainers.helper import X\n\n\n@register\nclass MyTrainer:\n    epochs = X\n"
FILES: Files = {
    "trainers": {"step.py": STEP, "helper.py": "X = 1\n", "notes.txt": "a\n"},
    "lib.py": "Y = 1\n",
}


def source(commit_id: str | None, name: str = "trainers.step.MyTrainer") -> Source:
    return Source.parse(name).at(commit_id)


def between(repo: Repo, old: str, new: str | None, name: str = "trainers.step.MyTrainer") -> Difference:
    return diff(source(old, name), source(new, name), repo=repo.path)


def paths(difference: Difference) -> list[tuple[str, str, str]]:
    return [(held.path, held.kind.value, held.role.value) for held in difference.files]


def test_nothing_differs(repo: Repo) -> None:
    """Another commit with the same folder is not a difference."""
    first = commit(repo, FILES)
    second = commit(repo, {"README.md": "hello\n"}, base=first)

    difference = between(repo, first, second)

    assert difference.same
    assert (difference.verdict, difference.note, difference.files) == (Verdict.SAME, "nothing differs", ())


def test_class_is_the_same_its_helper_changed(repo: Repo) -> None:
    """The verdict is about a file that a diff of the class alone would not show; the helper has its importer."""
    first = commit(repo, FILES)
    second = commit(repo, {"trainers": {"helper.py": "X = 2\n"}}, base=first)

    difference = between(repo, first, second)

    assert difference.verdict is Verdict.HELPER
    assert difference.note == "the class is the same, its helper changed: trainers/helper.py"
    assert not difference.class_lines.hunks
    [helper] = difference.files
    assert helper.role is Role.IMPORT
    assert helper.chain == ("trainers/step.py", "trainers/helper.py")
    assert list(helper.lines.unified()) == ["@@ -1,1 +1,1 @@", "-X = 1", "+X = 2"]


CHANGES: dict[str, tuple[Files, Verdict, str]] = {
    "class": (
        {"trainers": {"step.py": STEP.replace("epochs = X", "epochs = X + 1")}},
        Verdict.CLASS,
        "the class changed",
    ),
    "decorator": (
        {"trainers": {"step.py": STEP.replace("@register", "@other")}},
        Verdict.CLASS,
        "the class changed",
    ),
    "comment": (
        {"trainers": {"step.py": STEP.replace("= X\n", "= X  # all\n")}},
        Verdict.LAYOUT,
        "the class changed in comments and layout only",
    ),
    "around": (
        {"trainers": {"step.py": STEP + "\nZ = 1\n"}},
        Verdict.MODULE,
        "the class is the same, its module changed around it",
    ),
    "both": (
        {"trainers": {"step.py": STEP.replace("= X\n", "= 2\n"), "helper.py": "X = 3\n"}},
        Verdict.CLASS,
        "the class changed; its helper changed too: trainers/helper.py",
    ),
    "folder": (
        {"trainers": {"notes.txt": "b\n"}},
        Verdict.FOLDER,
        "the class and what it imports are the same, other files of its folder changed: trainers/notes.txt",
    ),
    "module gone": (
        {"trainers": {"step.py": None}},
        Verdict.MISSING,
        "module 'trainers.step' does not exist at",
    ),
    "folder gone": ({"trainers": None}, Verdict.MISSING, "module 'trainers.step' does not exist at"),
    "class gone": (
        {"trainers": {"step.py": "class Other: pass\n"}},
        Verdict.MISSING,
        "class 'MyTrainer' does not exist at",
    ),
}


@pytest.mark.parametrize(("files", "verdict", "note"), CHANGES.values(), ids=CHANGES)
def test_verdict(repo: Repo, files: Files, verdict: Verdict, note: str) -> None:
    """The verdict is about the nearest difference to the class, and says so in a sentence."""
    first = commit(repo, FILES)
    second = commit(repo, files, base=first)

    difference = between(repo, first, second)

    assert difference.verdict is verdict
    assert difference.note.startswith(note)
    assert not difference.same


def test_helper_outside_the_folder(repo: Repo) -> None:
    """A first-party module counts in any folder, and so does a module that it imports."""
    first = commit(
        repo,
        {"trainers": {"step.py": "import lib\n\nclass A: pass\n"}, "lib.py": "import deep\n", "deep.py": ""},
    )
    second = commit(repo, {"deep.py": "X = 1\n"}, base=first)

    difference = between(repo, first, second, "trainers.step.A")

    assert difference.note == "the class is the same, its helper changed: deep.py"
    assert difference.files[0].chain == ("trainers/step.py", "lib.py", "deep.py")


DYNAMIC: dict[str, str] = {
    "importlib": "import importlib\nM = importlib.import_module('lib.core')\n\n\nclass C:\n    x = M\n",
    "file": "class C:\n    x = open(__file__ + '/../../data/x.json')\n",
}


@pytest.mark.parametrize("text", DYNAMIC.values(), ids=DYNAMIC)
def test_files_that_code_may_read_at_run_time_count(repo: Repo, text: str) -> None:
    """Code that reaches further than its import statements name may read any file of the source roots."""
    files: Files = {"steps": {"made.py": text}, "lib": {"core.py": "v = 1\n"}, "data": {"x.json": "1\n"}}
    first = commit(repo, files)
    second = commit(repo, {"lib": {"core.py": "v = 2\n"}, "data": {"x.json": "2\n"}}, base=first)

    difference = between(repo, first, second, "steps.made.C")

    assert not difference.same
    assert difference.note == (
        "the class, its folder and what these import are the same, but files that its code may read at run time "
        "changed: data/x.json, lib/core.py"
    )
    assert paths(difference) == [
        ("data/x.json", "modified", "further"),
        ("lib/core.py", "modified", "further"),
    ]
    assert list(difference.files[1].lines.unified()) == ["@@ -1,1 +1,1 @@", "-v = 1", "+v = 2"]


def test_files_that_git_ignores_are_not_among_them(repo: Repo) -> None:
    """An environment in the working tree is in no commit; a new file is in the next one."""
    first = commit(repo, {"steps": {"made.py": DYNAMIC["file"]}, ".gitignore": "venv/\n"})
    write(repo, {"venv": {"lib": {"a.py": ""}}, "new.txt": "x"})

    assert paths(between(repo, first, None, "steps.made.C")) == [("new.txt", "added", "further")]


def test_data_beside_an_imported_module_counts(repo: Repo) -> None:
    """Without dynamic code too; but pipeline documents do not, which runs write."""
    document = "pipeline: {name: p}\nsteps: {}\n"
    files: Files = {"steps": {"made.py": "import lib.core\n\n\nclass C:\n    x = lib.core\n"}}
    first = commit(repo, {**files, "lib": {"core.py": "", "words.txt": "a\n"}, "far.txt": ""})
    second = commit(repo, {"lib": {"words.txt": "b\n"}, "far.txt": "b"}, base=first)
    third = commit(repo, {"pipelines": {"p.yaml": document}}, base=second)

    assert paths(between(repo, first, second, "steps.made.C")) == [("lib/words.txt", "modified", "further")]
    assert between(repo, second, third, "steps.made.C").same


def test_many_files_that_code_may_read_are_listed_without_their_lines(repo: Repo) -> None:
    """The list has all of them; a hundred show their lines."""
    trees: list[Files] = [
        {"steps": {"made.py": DYNAMIC["file"]}, "data": {f"{n:03}": f"{value}\n" for n in range(102)}}
        for value in range(2)
    ]
    first, second = (commit(repo, tree, checkout=False) for tree in trees)

    files = between(repo, first, second, "steps.made.C").files

    assert [(bool(file.lines.hunks), file.note) for file in files[99:]] == [
        (True, ""),
        (False, "its lines are not shown, only those of 100 such files"),
        (False, "its lines are not shown, only those of 100 such files"),
    ]


def test_file_that_moved_in_the_folder_is_named(repo: Repo) -> None:
    """The folder is where it was; a file that is only added has not moved."""
    first = commit(repo, FILES)
    added = commit(repo, {"trainers": {"more.txt": "b\n"}}, base=first)
    assert between(repo, first, added).note.endswith("other files of its folder changed: trainers/more.txt")
    second = commit(repo, {"trainers": {"notes.txt": None, "words.txt": "a\n"}}, base=first)

    note = between(repo, first, second).note

    assert note == "the same code at another path: trainers/notes.txt is now trainers/words.txt"


# What a commit may write, by path; None deletes it.
EDITS: list[tuple[str, str | None]] = [
    ("steps/made.py", "import lib.core\n\n\nclass C:\n    x = 1\n"),
    ("steps/made.py", "import lib.core\n\n\nclass C:\n    x = eval('1')\n"),
    ("steps/made.py", "import lib.core, lib.more\n\n\nclass C:\n    x = 1\n"),
    ("lib/core.py", "v = 1\n"),
    ("lib/core.py", "import importlib\n"),
    ("lib/core.py", "a b c import importlib\n"),
    ("lib/core.py", "a b c\n"),
    ("lib/more.py", "v = 1\n"),
    ("lib/more.py", None),
    ("lib/words.txt", "a"),
    ("lib/words.txt", "b"),
    ("lib/deep/words.txt", "a"),
    ("lib/deep/words.txt", None),
    ("src/lib/more.py", "v = 2\n"),
    ("src/lib/more.py", None),
    ("far/words.txt", "a"),
    ("far/words.txt", "b"),
    ("pipelines/p.yaml", "pipeline: 1\nsteps: 1\n"),
    ("pipelines/p.yaml", "pipeline: 2\nsteps: 1\n"),
    ("pipelines/p.yaml", "other: 1\n"),
]


@pytest.mark.quick(every=6)
@pytest.mark.parametrize("seed", range(6))
def test_nothing_differs_exactly_where_the_code_id_is_the_same(repo: Repo, seed: int) -> None:
    """So `diff` and the "edited since" of `audit` never contradict each other."""
    chance = random.Random(seed)
    files: dict[str, object] = {"steps/made.py": EDITS[0][1], "lib/core.py": "v = 1\n"}
    ids: list[str] = []
    for _ in range(16):
        path, text = chance.choice(EDITS)
        files.pop(path, None)
        if text is not None:
            files[path] = text
        ids.append(commit(repo, nest(files), checkout=False))

    repository = get_repository(repo.path)
    code = {name: code_id(source(name, "steps.made.C"), repository) for name in ids}
    same = {(old, new): between(repo, old, new, "steps.made.C").same for old, new in pairwise(ids)}

    assert same == {(old, new): code[old] == code[new] for old, new in same}
    assert len(set(same.values())) == 2


def test_class_that_the_module_imports_is_followed(repo: Repo) -> None:
    """The text of a class is its statement, in whichever module it is."""
    first = commit(
        repo, {"steps": {"__init__.py": "from .impl import B as A\n", "impl.py": "class B:\n    x = 1\n"}}
    )
    second = commit(repo, {"steps": {"impl.py": "class B:\n    x = 2\n"}}, base=first)

    difference = between(repo, first, second, "steps.A")

    assert (difference.verdict, difference.new.defined) == (Verdict.CLASS, "steps/impl.py")
    assert difference.files[0].role is Role.MODULE


def test_text_that_this_python_cannot_parse_is_split_by_its_indentation(repo: Repo) -> None:
    """Code of Python 2 is compared like any other code."""
    old = "import a\n\nclass A:\n    def f(self):\n        print 'x'\n\ny = 1\n"
    first = commit(repo, {"steps": {"step.py": old}})
    second = commit(repo, {"steps": {"step.py": old + "z = 2\n"}}, base=first)
    third = commit(repo, {"steps": {"step.py": old.replace("'x'", "'y'")}}, base=first)

    assert between(repo, first, second, "steps.step.A").verdict is Verdict.MODULE
    assert between(repo, first, third, "steps.step.A").verdict is Verdict.CLASS


def test_folder_that_moved_is_compared_file_by_file(repo: Repo) -> None:
    """A changed source root moves every file, and changes none."""
    first = commit(repo, FILES)
    second = commit(repo, {"src": FILES})

    difference = between(repo, first, second)

    assert difference.verdict is Verdict.MOVED
    assert difference.note == "the same code at another path: trainers is now src/trainers"
    assert {held.kind for held in difference.files} == {FileKind.RENAMED}


def test_class_that_moved_is_compared_with_itself(repo: Repo) -> None:
    """Two sources with different names can be compared."""
    first = commit(repo, FILES)
    second = commit(
        repo, {"training": {"step.py": STEP.replace("trainers", "training"), "helper.py": "X = 2\n"}}
    )

    difference = diff(source(first), source(second, "training.step.MyTrainer"), repo=repo.path)

    assert difference.verdict is Verdict.MODULE
    assert ("training/helper.py", "renamed", "import") in paths(difference)


def test_helper_that_moved_unchanged_is_not_called_changed(repo: Repo) -> None:
    """The note names only files with other content."""
    first = commit(repo, FILES)
    moved = {"step.py": STEP.replace("trainers", "training"), "helper.py": "X = 1\n", "more.py": "# new\n"}
    second = commit(repo, {"training": moved})

    difference = diff(source(first), source(second, "training.step.MyTrainer"), repo=repo.path)

    assert ("training/helper.py", "renamed", "import") in paths(difference)
    assert difference.note == "the class is the same, its module changed around it"


def test_renamed_file_is_one_difference(repo: Repo) -> None:
    """As in git: by equal content, or by half of the lines."""
    lines = "x = 1\ny = 2\nz = 3\n"
    first = commit(repo, {"a": {"step.py": "class A: pass\n", "one.py": lines, "two.txt": "same\n"}})
    changed: Files = {"one.py": None, "uno.py": lines + "v = 4\n", "two.txt": None, "due.txt": "same\n"}
    second = commit(repo, {"a": changed}, base=first)

    difference = between(repo, first, second, "a.step.A")

    assert [
        (held.old.path, held.new.path, held.kind.value) for held in difference.files if held.old and held.new
    ] == [
        ("a/two.txt", "a/due.txt", "renamed"),
        ("a/one.py", "a/uno.py", "renamed"),
    ]


def test_file_that_is_not_text_gets_a_note(repo: Repo) -> None:
    """Binary files, modes, links, submodules, line ends: a note, without text."""
    before: Files = {
        "step.py": "class A: pass\n",
        "b.bin": b"\0\1",
        "c.sh": "x\n",
        "d.txt": "y\n",
        "e": Link("d.txt"),
        "f": Submodule("1" * 40),
        "g.txt": "z\r\n",
    }
    after: Files = {
        "b.bin": b"\0\1\2",
        "c.sh": Executable("x\n"),
        "d.txt": Link("e"),
        "e": Link("c.sh"),
        "f": Submodule("2" * 40),
        "g.txt": "z\n",
    }
    first = commit(repo, {"a": before})
    second = commit(repo, {"a": after}, base=first, checkout=False)

    notes = {
        held.path: (held.kind.value, held.note) for held in between(repo, first, second, "a.step.A").files
    }

    assert notes == {
        "a/b.bin": ("modified", "binary: 2 bytes are now 3"),
        "a/c.sh": ("modified", "mode 100644 is now 100755"),
        "a/d.txt": ("typechange", "mode 100644 is now 120000"),
        "a/e": ("modified", ""),
        "a/f": ("modified", f"submodule at {'1' * 40} is now {'2' * 40}"),
        "a/g.txt": ("modified", "only its line ends changed"),
    }


def test_working_tree_is_the_other_side(repo: Repo) -> None:
    """Without a second pin: modified, deleted and untracked files count; ignored ones do not."""
    first = commit(repo, {**FILES, ".gitignore": "*.log\n"})
    write(repo, {"trainers": {"helper.py": "X = 5\n", "new.py": "", "run.log": "noise", "notes.txt": None}})

    difference = diff(source(first), repo=repo.path)

    assert difference.new.label == "working tree"
    assert [held.note for held in difference.files] == ["", "empty", ""]
    assert paths(difference) == [
        ("trainers/helper.py", "modified", "import"),
        ("trainers/new.py", "added", "folder"),
        ("trainers/notes.txt", "deleted", "folder"),
    ]


def test_clean_working_tree_is_its_commit(repo: Repo) -> None:
    """Nothing differs, even where git converts line ends."""
    first = commit(repo, {**FILES, ".gitattributes": "*.py text eol=crlf\n"})
    write(repo, {"trainers": {"helper.py": "X = 1\r\n"}})

    assert diff(source(first), repo=repo.path).same


def test_working_tree_without_a_folder(repo: Repo) -> None:
    """A pin whose folder was deleted later differs; so does a pin before the first commit."""
    first = commit(repo, FILES)
    commit(repo, {"README.md": ""})

    difference = diff(source(first), repo=repo.path)

    assert (difference.verdict, {held.kind for held in difference.files}) == (
        Verdict.MISSING,
        {FileKind.DELETED},
    )


def test_sides_that_cannot_be_read_are_errors(repo: Repo, tmp_path_factory: pytest.TempPathFactory) -> None:
    """An unknown commit, a class on neither side, a release, and the working tree of a bare repository."""
    first = commit(repo, FILES)
    bare = init(tmp_path_factory.mktemp("bare"), bare=True)
    held = commit(bare, FILES)

    with pytest.raises(CommitNotFoundError):
        between(repo, "a" * 40, first)
    with pytest.raises(PinnedModuleNotFoundError, match="neither"):
        between(repo, first, None, "trainers.step.Other")
    with pytest.raises(UnpinnedError, match="release"):
        diff("trainers.step.MyTrainer@zenml_0.1.0", repo=repo.path)
    with pytest.raises(UnsupportedError, match="bare"):
        diff(source(held), repo=bare.path)


def test_difference_is_plain_data(repo: Repo) -> None:
    """`to_dict` survives JSON, even with paths that are not UTF-8."""
    first = commit(repo, FILES)
    second = commit(repo, {"trainers": {"helper.py": "X = 2\n", "odd\udcff.txt": b"\xff\n"}}, base=first)

    data = between(repo, first, second).to_dict()

    assert json.loads(json.dumps(data)) == data
    assert (data["verdict"], data["same"], data["old"]["commit_id"]) == ("helper", False, first)
    assert data["files"][0]["unified"] == ["@@ -1,1 +1,1 @@", "-X = 1", "+X = 2"]


@pytest.mark.slow
def test_long_texts_end_soon(repo: Repo) -> None:
    """Texts that would take hours to compare by line are shown as replaced; a text that is too long gets a note."""
    first = commit(repo, {"a": {"step.py": "class A: pass\n", "b.txt": "x\ny\n" * 50_000, "c.txt": "x"}})
    second = commit(repo, {"a": {"b.txt": "y\nx\nz\n" * 50_000, "c.txt": "y" * (2**21 + 1)}}, base=first)

    difference = {held.path: held for held in between(repo, first, second, "a.step.A").files}

    assert difference["a/b.txt"].lines.added > 100_000
    assert "more than the limit" in difference["a/c.txt"].note
