"""check: its findings, their locations, and what it does not report."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.documents_by_line import document
from tests.support.repositories import (
    Files,
    Link,
    Repo,
    branch,
    checkout,
    commit,
    get_head,
    git,
    init,
    put,
    set_ref,
    snapshot,
    write,
)
from zenml_pin.audit import RULES, Level, audit, check
from zenml_pin.audit.report import AuditReport
from zenml_pin.base import memory_folder
from zenml_pin.errors import DocumentError, NotARepositoryError

STEP = {"trainers": {"__init__.py": "", "step.py": "class Mine:\n    pass\n"}}
MINE = "trainers.step.Mine"


def positions(report: AuditReport) -> list[tuple[str, int, int]]:
    """Return rule, line and column of each finding."""
    return [(finding.rule.id, finding.line, finding.column) for finding in report.findings]


def check_sources(repo: Repo, *sources: str) -> list[str]:
    """Return the rules that the sources of one document break, in the order of the document."""
    write(repo, {"pipelines": {"mine.yaml": document(*sources)}})
    return [finding.rule.id for finding in check(repo=repo.path).findings]


def test_a_pin_that_keeps_every_rule_has_no_finding(repo: Repo) -> None:
    """Even if HEAD has moved on, or the folder is deleted now."""
    first = commit(repo, {**STEP, "splits": {"step.py": "class Split: pass\n"}})
    commit(repo, {**STEP, "x": "1"})

    assert check_sources(repo, f"{MINE}@{first}", f"splits.step.Split@{first}") == []


def test_findings_have_their_location(repo: Repo) -> None:
    """File, line, column and key path of the source."""
    commit(repo, STEP)
    write(repo, {"pipelines": {"mine.yaml": document(MINE, f"{MINE}@HEAD")}})

    report = check(repo=repo.path)

    assert positions(report) == [("ZP001", 4, 16), ("ZP007", 5, 16)]
    assert [finding.place for finding in report.findings] == [
        "pipelines/mine.yaml:4:16",
        "pipelines/mine.yaml:5:16",
    ]
    assert [finding.key_path for finding in report.findings] == ["steps.s0.source", "steps.s1.source"]


@pytest.mark.parametrize(
    ("source", "rules"),
    {
        MINE: ["ZP001"],
        "zenml_pin.steps.RandomSplit": ["ZP001"],
        f"{MINE}@{'0' * 40}": ["ZP003"],
        f"{MINE}@{'0' * 64}": ["ZP003"],
        "trainers.other.Mine@{head}": ["ZP004"],
        "nowhere.to.be.Found": ["ZP004"],
        "trainers.step.Other@{head}": ["ZP005"],
        "trainers.step.Other": ["ZP001", "ZP005"],
        "trainers.space.Other@{head}": ["ZP005"],
        "up.inner.step.Up@{head}": ["ZP006"],
        "trainers.step.Mine@{short}": ["ZP007"],
        "trainers.step.Mine@main": ["ZP007"],
        "Mine": ["ZP007"],
        "zenml_pin.steps.RandomSplit@zenml_0.0.1": ["ZP008"],
        "zenml_pin.steps.NoSplit@zenml_0.1.0": ["ZP008"],
        "zenml_pin.pipelines.NoPipeline@zenml_0.1.0": ["ZP008"],
        "sklearn.svm.SVC@zenml_0.1.0": ["ZP008"],
        "zenml.core.steps.split.no_split.NoSplit@zenml_0.1.4": ["ZP008"],
        "zenml.core.steps.split.random_split.RandomSplit@zenml_0.1.4": [],
        "alone.Alone@{head}": ["ZP011"],
        "broken.step.Broken@{head}": ["ZP012"],
        "large.step.Large@{head}": ["ZP012"],
        "native.step.Native@{head}": ["ZP012"],
        "lacks.step.Lacks@{head}": ["ZP004"],
        "lacks.caught.Caught@{head}": [],
        "takes.step.Takes@{head}": ["ZP012"],
        "__main__.OfACell": ["ZP001"],
        "json.JSONDecoder": ["ZP018"],
        "attrs.Attribute": ["ZP018"],
    }.items(),
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_rule(repo: Repo, source: str, rules: list[str]) -> None:
    """Each rule finds its fault, and nothing else."""
    head = commit(
        repo,
        {
            "trainers": {**STEP["trainers"], "space": {"x.txt": ""}},
            "up": {"base.py": "X = 1\n", "inner": {"step.py": "from ..base import X\nclass Up: pass\n"}},
            "alone.py": "class Alone: pass\n",
            "broken": {"step.py": "class Broken:\n    print 'x'\n"},
            "large": {"step.py": "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"},
            "native": {"step.abi3.so": b"\x7fELF"},
            "lacks": {
                "step.py": "from trainers.gone import x\nclass Lacks: pass\n",
                "caught.py": "try:\n    import trainers.gone\nexcept ImportError: pass\nclass Caught: pass\n",
            },
            "takes": {"step.py": "import native.step\nclass Takes: pass\n"},
        },
    )

    assert check_sources(repo, source.format(head=head, short=head[:10])) == rules


@pytest.mark.parametrize(
    ("code", "rules"),
    {
        "if True:\n    class Mine: pass": [],
        "try:\n    import nothing\nexcept ImportError:\n    class Mine: pass": [],
        "Mine = type('Mine', (), {})": [],
        "Mine, Other = int, str": [],
        "[Other, (Mine, Third)] = make()": [],
        "from collections import OrderedDict as Mine": [],
        "def __getattr__(name): return int": [],
        "def Mine(): pass": [],
        "Mine = 3": ["ZP005"],
        "@some.decorator\ndef Mine(): pass": [],
        "print(Mine := type('Mine', (), {}))": [],
        "def f():\n    print(Mine := int)": ["ZP005"],
        "for n in ('Mine',):\n    globals()[n] = type(n, (), {})": ["ZP022"],
        "globals().update(Mine=int)": ["ZP022"],
        "make(globals())": ["ZP022"],
        "print(globals()['Other'])": ["ZP005"],
        "vars()['Mine'] = int": ["ZP022"],
        "def f():\n    return '{x}'.format(**locals())": ["ZP005"],
        "def f():\n    global Mine\n    class Mine: pass\nf()": ["ZP022"],
        "def f():\n    global Other\n    class Other: pass\nf()": ["ZP005"],
        "exec('class Mine: pass')": ["ZP022"],
        "import sys\nsetattr(sys.modules[__name__], 'Mine', int)": ["ZP022"],
        "import sys\nsys.modules[__name__].Mine = int": ["ZP022"],
        "from sys import modules\nmodules[__name__].Mine = int": ["ZP022"],
        "import sys\nprint(sys.modules['sys'])": ["ZP005"],
        "class Other:\n    class Mine: pass": ["ZP005"],
    }.items(),
    ids=lambda value: value[:20] if isinstance(value, str) else "",
)
def test_class_may_be_defined_in_many_ways(repo: Repo, code: str, rules: list[str]) -> None:
    """A name whose text cannot be a class is a finding; nothing runs."""
    head = commit(repo, {"trainers": {"step.py": f"{code}\n"}})

    assert check_sources(repo, f"{MINE}@{head}") == rules


def test_uncommitted_folder_is_found(repo: Repo) -> None:
    """For pinned and unpinned classes: its files belong to no commit (ZP002); other folders do not matter."""
    head = commit(repo, {**STEP, "splits": {"step.py": "class Split: pass\n"}})
    write(repo, {"trainers": {"helper.py": ""}})

    assert check_sources(repo, f"{MINE}@{head}", MINE, f"splits.step.Split@{head}") == [
        "ZP002",
        "ZP001",
        "ZP002",
    ]


def test_commit_on_no_branch_is_found(repo: Repo) -> None:
    """Until a branch, a tag, or a detached HEAD contains it (ZP010)."""
    first = commit(repo, STEP)
    lost = commit(repo, {**STEP, "x": "1"})
    set_ref(repo, "refs/heads/main", first)
    source = f"{MINE}@{lost}"

    assert check_sources(repo, source) == ["ZP010"]
    branch(repo, "kept", lost)
    assert check_sources(repo, source) == []


@pytest.mark.parametrize("content", ["garbage\n", "", "ref: refs/heads/bad\n"])
def test_damaged_ref_does_not_end_the_check(repo: Repo, content: str) -> None:
    """It leads to no commit; the other branches and tags still count."""
    first = commit(repo, STEP)
    write(repo, {".git": {"refs": {"heads": {"bad": content}}}})

    assert check_sources(repo, f"{MINE}@{first}") == []
    assert audit(repo=repo.path).documents


def test_damaged_objects_are_found(repo: Repo) -> None:
    """A pin whose tree does not match its id is a finding (ZP016), and so is a missing one."""
    head = commit(repo, STEP)
    text = f"tree {'d' * 40}\nauthor A <a@b> 0 +0000\ncommitter A <a@b> 0 +0000\n\nx\n"
    treeless = put(repo, "commit", text.encode())
    blob = repo.loose(put(repo, "blob", b"class Mine:\n    pass\n"))
    os.chmod(blob, 0o644)
    Path(blob).write_bytes(b"junk")

    assert check_sources(repo, f"{MINE}@{treeless}", f"{MINE}@{head}") == ["ZP010", "ZP016", "ZP016"]


def test_id_of_a_tree_is_not_a_commit(repo: Repo) -> None:
    """The message says what the id names (ZP003)."""
    commit(repo, STEP)
    tree = put(repo, "tree", b"")
    write(repo, {"pipelines": {"mine.yaml": document(f"{MINE}@{tree}")}})

    [finding] = check(repo=repo.path).findings

    assert finding.rule.id == "ZP003"
    assert "is a tree, not a commit" in finding.message


@pytest.mark.parametrize(
    "data",
    {
        "binary": bytes(range(256)),
        "NUL": b"steps: \0",
        "huge": b"# " + b"x" * 2**20,
        "no YAML": b"steps: [",
        "deep": b"[" * 10_000,
        "empty": b"",
        "another file": b"services: {web: {image: x}}\n",
        "a list": b"- 1\n",
        "a bomb": b"a: &a [x,x]\nb: &b [*a,*a]\n<<: *b\n",
        "a tag": b"steps: !!python/object/apply:os.system [ls]\n",
        "a source of another type": b"pipeline: {name: a, type: b, source: 5}\nsteps: {}\n",
    }.values(),
    ids=lambda data: repr(data[:12]),
)
def test_unreadable_document_is_a_finding(repo: Repo, data: bytes) -> None:
    """One finding (ZP009); the other documents are read."""
    head = commit(repo, STEP)
    write(repo, {"pipelines": {"bad.yaml": data, "good.yml": document(f"{MINE}@{head}")}})

    report = check(repo=repo.path)

    assert [(finding.rule.id, finding.path) for finding in report.findings] == [
        ("ZP009", "pipelines/bad.yaml")
    ]
    assert [len(item.sources) for item in report.documents] == [0, 2]
    assert "limits=" not in report.findings[0].hint, "check has no such option"


def test_strange_files_are_findings_too(repo: Repo) -> None:
    """A FIFO does not block, a folder is not a document, and a link out of the folder is followed."""
    commit(repo, STEP)
    write(repo, {"pipelines": {"link.yaml": Link("/nowhere")}})
    os.mkfifo(repo.join("pipelines", "fifo.yaml"))

    report = check([repo.join("pipelines", "fifo.yaml"), repo.join("pipelines", "link.yaml")], repo=repo.path)

    assert [finding.rule.id for finding in report.findings] == ["ZP009", "ZP009"]


def test_same_name_is_found(repo: Repo) -> None:
    """Two documents have one name and number: only one of them can be found by its name (ZP017)."""
    commit(repo, STEP)
    write(repo, {"pipelines": {"a.yaml": document(), "b.yaml": document(), "c.yaml": document(name="other")}})

    assert [(finding.rule.id, finding.path) for finding in check(repo=repo.path).findings] == [
        ("ZP017", "pipelines/a.yaml"),
        ("ZP017", "pipelines/b.yaml"),
    ]


def test_classes_in_arguments_are_checked(repo: Repo) -> None:
    """`{$class: ...}` is a source; a similar key elsewhere is not."""
    commit(repo, STEP)
    text = document().replace(
        "steps:\n",
        f"steps: {{s: {{source: {MINE}@{get_head(repo)}, args: {{source: x, k: {{$class: {MINE}}}}}}}}}\n",
    )
    write(repo, {"pipelines": {"mine.yaml": text}})

    assert [(finding.rule.id, finding.key_path) for finding in check(repo=repo.path).findings] == [
        ("ZP001", "steps.s.args.k.$class")
    ]


def test_staged_reads_the_index(repo: Repo) -> None:
    """The documents as staged, whatever is in the folder; uncommitted code will be part of the commit."""
    head = commit(repo, {**STEP, "pipelines": {"mine.yaml": document(MINE)}})
    write(repo, {"pipelines": {"mine.yaml": document(f"{MINE}@{head}"), "new.yaml": document(MINE)}})
    write(repo, {"trainers": {"step.py": "class Mine: x = 1\n"}})

    assert [finding.rule.id for finding in check(repo=repo.path, staged=True).findings] == ["ZP001"]
    staged = check([repo.join("pipelines", "mine.yaml")], repo=repo.path, staged=True)
    assert [(finding.rule.id, finding.path) for finding in staged.findings] == [
        ("ZP001", "pipelines/mine.yaml")
    ]
    assert staged.scope == "index"
    with pytest.raises(DocumentError, match="it is not in the index"):
        check([repo.join("pipelines", "new.yaml")], repo=repo.path, staged=True)


@pytest.mark.git
def test_document_whose_name_alone_was_added_is_not_staged(repo: Repo) -> None:
    """`git add -N` announces a file; the commit will not have it."""
    commit(repo, {**STEP, "pipelines": {"mine.yaml": document(MINE)}})
    write(repo, {"pipelines": {"new.yaml": document(MINE)}})
    git("add", "-N", "pipelines/new.yaml", cwd=repo.path)

    assert positions(check(repo=repo.path, staged=True)) == [("ZP001", 4, 16)]
    with pytest.raises(DocumentError, match="it is not in the index"):
        check([repo.join("pipelines", "new.yaml")], repo=repo.path, staged=True)


@pytest.mark.quick(every=2)
@pytest.mark.git
@pytest.mark.parametrize("arguments", [("-a",), ("pipelines/mine.yaml",)], ids=["all", "one file"])
def test_staged_in_a_hook_is_what_is_being_committed(repo: Repo, arguments: tuple[str, ...]) -> None:
    """`git commit -a` and `git commit FILE` make a temporary index, and give its path to the hook."""
    head = commit(repo, {**STEP, "pipelines": {"mine.yaml": document()}})
    write(repo, {"pipelines": {"mine.yaml": document(MINE)}})
    hook = Path(repo.gitdir, "hooks", "pre-commit")
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\nexec {sys.executable} -m zenml_pin check --staged\n")
    hook.chmod(0o755)

    with pytest.raises(subprocess.CalledProcessError) as caught:
        git("commit", "-m", "unpinned", *arguments, cwd=repo.path)

    assert "ZP001" in str(caught.value.stdout) + str(caught.value.stderr)
    assert get_head(repo) == head


@pytest.mark.parametrize("kind", ["missing", "of another repository"])
def test_index_of_another_repository_is_ignored(
    kind: str, repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hook of another repository passes its variable to all processes that it starts."""
    commit(repo, {**STEP, "pipelines": {"mine.yaml": document(MINE)}})
    other = init(tmp_path / "other")
    commit(other, STEP)
    monkeypatch.setenv("GIT_INDEX_FILE", other.index if kind != "missing" else f"{repo.gitdir}/gone.lock")

    assert positions(check(repo=repo.path, staged=True)) == [("ZP001", 4, 16)]


def test_documents_of_every_source_root_are_read(repo: Repo) -> None:
    """`pipelines` in the root, in each source root, and the folder that the workspace's settings name."""
    setup = "[zenml_pin]\nsource_roots = ., tools\n"
    commit(repo, {**STEP, "setup.cfg": setup})
    config = {".zenml": {".zenml_config": "pipelines_dir: other\n"}}
    texts = {"x.yaml": document(MINE)}
    write(repo, {**config, "pipelines": texts, "other": {"y.yaml": document(MINE, name="b")}})
    write(repo, {"tools": {"pipelines": {"z.yaml": document(MINE, name="c")}}})

    assert {finding.path for finding in check(repo=repo.path).findings} == {
        "other/y.yaml",
        "pipelines/x.yaml",
        "tools/pipelines/z.yaml",
    }


def test_nothing_is_written_and_nothing_runs(repo: Repo) -> None:
    """The repository does not change, and none of its modules is imported."""
    head = commit(repo, {"trainers": {"step.py": "raise SystemExit('it ran')\nclass Mine: pass\n"}})
    write(repo, {"pipelines": {"mine.yaml": document(f"{MINE}@{head}", MINE)}})
    before = snapshot(repo.path)

    check(repo=repo.path)

    assert snapshot(repo.path) == before


def test_missing_file_and_missing_repository_are_errors(repo: Repo, tmp_path: Path) -> None:
    """They are not findings, because nothing could be checked."""
    with pytest.raises(DocumentError, match="no such file"):
        check([tmp_path / "no.yaml"], repo=repo.path)
    (tmp_path / "mine.yaml").write_text(document(MINE))
    with pytest.raises(NotARepositoryError):
        check([tmp_path / "mine.yaml"], repo=tmp_path)


def test_before_the_first_commit(tmp_path: Path) -> None:
    """Nothing is pinned yet, and nothing can be."""
    repo = init(tmp_path / "new")
    write(repo, {**STEP, "pipelines": {"mine.yaml": document(MINE)}})

    assert [finding.rule.id for finding in check(repo=repo.path).findings] == ["ZP001", "ZP002"]


def test_checked_out_commit_counts_as_a_branch(repo: Repo) -> None:
    """CI checks out a commit and has no branch."""
    head = commit(repo, STEP)
    Path(repo.gitdir, "HEAD").write_text(head + "\n")
    os.remove(os.path.join(repo.gitdir, "refs", "heads", "main"))
    checkout(repo, head)

    assert check_sources(repo, f"{MINE}@{head}") == []


def test_rules_are_numbered_and_told_apart() -> None:
    """Ids follow each other, but for those that are given already and not yet used; names are told once."""
    rules = list(RULES.values())
    # Given to rules that are planned, and to no others.
    planned = {"ZP020", "ZP021", "ZP022"} - {rule.id for rule in rules}

    assert sorted([*(rule.id for rule in rules), *planned]) == [
        f"ZP{number:03}" for number in range(1, len(rules) + len(planned) + 1)
    ]
    assert [rule.id for rule in rules] == sorted(rule.id for rule in rules)
    assert len({rule.name for rule in rules}) == len(rules)
    assert all(rule.text.endswith(".") and isinstance(rule.level, Level) for rule in rules)


def test_files_that_cannot_be_laid_are_found(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """Code that looks beside itself is refused by a load where its files do not fit; the check says so before."""
    code: Files = {"step.py": "HERE = __file__\nclass Step: pass\n", "data.bin": b"\0" * 100}
    head = commit(repo, {"speaks": code, "silent": {"step.py": "class Step: pass\n"}})
    sources = [f"speaks.step.Step@{head}", f"silent.step.Step@{head}"]

    assert check_sources(repo, *sources) == []
    monkeypatch.setattr(memory_folder, "folders_in_memory", list)
    assert check_sources(repo, *sources) == ["ZP026"]


def test_progress_of_a_check_is_reported(repo: Repo) -> None:
    """The pins that were examined, and how many there are: the pins of a long history take their time."""
    pins = [f"{MINE}@{commit(repo, {**STEP, 'x': number})}" for number in "12"]
    write(repo, {"pipelines": {"mine.yaml": document(*pins)}})
    stages: list[tuple[str, int, int]] = []

    check(repo=repo.path, progress=lambda *stage: stages.append(stage))

    assert stages == [("pins", 1, 2), ("pins", 2, 2)]
