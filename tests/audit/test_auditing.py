"""audit: its facts about each pin, at the working tree, at a commit, and in all of history."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.documents_by_line import document
from tests.support.repositories import (
    Executable,
    Repo,
    branch,
    commit,
    detach,
    get_head,
    make_bare,
    put,
    set_head,
    set_ref,
    snapshot,
    tag,
    write,
)
from zenml_pin.audit import PinReport, audit, check
from zenml_pin.bundles.bundle import Bundle
from zenml_pin.errors import RevisionError, UnsupportedError
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.git.repository import GitRepository

MINE = "trainers.step.Mine"


def step(epochs: int) -> dict[str, Any]:
    """Return the files of a trainer."""
    return {"trainers": {"__init__.py": "", "step.py": f"class Mine:\n    epochs = {epochs}\n"}}


def pin_of(repo: Repo, commit_id: str, **options: Any) -> PinReport:
    """Return the facts about a pin to a commit."""
    write(repo, {"pipelines": {"mine.yaml": document(f"{MINE}@{commit_id}")}})
    [pin] = audit(repo=repo.path, **options).pins
    return pin


def test_who_committed_it_and_when(repo: Repo) -> None:
    """The values come from the commit; nobody has verified them."""
    head = commit(repo, step(1), message="first try\n\nmore\n")

    commit_report = pin_of(repo, head).commit

    assert commit_report is not None
    assert (commit_report.author, commit_report.committer) == ("Ada Lovelace <ada@example.org>",) * 2
    assert (commit_report.time, commit_report.zone, commit_report.subject) == (1610366400, 0, "first try")


def test_branches_and_tags_that_lead_there(repo: Repo) -> None:
    """All of them by their short names, also remote ones and annotated tags; others are not named, nor is origin/HEAD,
    which is another name of one of them."""
    first = commit(repo, step(1))
    second = commit(repo, step(2))
    branch(repo, "old", first)
    set_ref(repo, "refs/remotes/origin/main", second)
    set_ref(repo, "refs/remotes/origin/HEAD", second)
    tag(repo, "v1", first)
    tag(repo, "v2", second, annotated=True)
    set_ref(repo, "refs/notes/commits", second)

    of_first, of_second = pin_of(repo, first).commit, pin_of(repo, second).commit

    assert of_first is not None
    assert of_second is not None
    assert (of_first.branches, of_first.tags) == (("main", "old", "origin/main"), ("v1", "v2"))
    assert (of_second.branches, of_second.tags) == (("main", "origin/main"), ("v2",))


def test_how_far_it_is_behind_head(repo: Repo) -> None:
    """The count is of HEAD's commits that the pin's commit does not contain, on both sides of a merge."""
    first = commit(repo, step(1))
    left = commit(repo, step(2))
    detach(repo, first)
    right = commit(repo, step(3))
    commit(repo, step(4), parent=[left, right])

    behind = {
        name: getattr(pin_of(repo, name).commit, "behind", None)
        for name in (first, left, right, get_head(repo))
    }

    assert list(behind.values()) == [3, 2, 2, 0]


def test_what_changed_since(repo: Repo) -> None:
    """Compared with HEAD, and with the files on disk, committed or not."""
    first = commit(repo, step(1))
    second = commit(repo, step(2))

    assert [pin_of(repo, name).same_as_head for name in (first, second)] == [False, True]
    assert [pin_of(repo, name).same_as_worktree for name in (first, second)] == [False, True]
    write(repo, step(1))
    assert [pin_of(repo, name).same_as_worktree for name in (first, second)] == [True, False]
    write(repo, {"trainers": {"more.py": ""}})
    assert [pin_of(repo, name).same_as_worktree for name in (first, second)] == [False, False]


def test_what_the_commit_never_had_was_not_removed_since(repo: Repo) -> None:
    """A misspelt class is missing at its pin; nothing is said of what became of it."""
    head = commit(repo, step(1))
    write(repo, {"pipelines": {"a.yaml": document(f"trainers.step.Misspelt@{head}")}})

    [pin] = audit(repo=repo.path).pins

    assert (pin.has_class, pin.at_head, pin.same_as_worktree) == (False, None, None)
    assert {rule for rule, _, _ in pin.findings} == {"ZP005"}


def test_files_on_disk_are_compared_as_git_would_store_them(repo: Repo) -> None:
    """Converted line ends, long files by their ids, executable bits too."""
    unit = {
        **step(1)["trainers"],
        "notes.txt": "a\nb\n",
        "long.bin": "x" * (3 << 20),
        "run.sh": Executable("#!/bin/sh\n"),
    }
    old = commit(repo, {".gitattributes": "*.txt text eol=crlf\n", "trainers": unit})
    commit(repo, {"trainers": {"step.py": "class Mine: epochs = 2\n"}}, base=old)
    write(repo, {"trainers": {**step(1)["trainers"], "notes.txt": b"a\r\nb\r\n"}})

    assert pin_of(repo, old).same_as_worktree is True
    os.chmod(repo.join("trainers", "run.sh"), 0o644)
    assert pin_of(repo, old).same_as_worktree is False


def test_pins_that_share_a_tree(repo: Repo) -> None:
    """They have the same code, whatever their commits are; the oldest is first."""
    first = commit(repo, step(1))
    second = commit(repo, {**step(1), "README": "x"})
    third = commit(repo, step(2))
    sources = [f"{MINE}@{name}" for name in (third, second, first)]
    write(repo, {"pipelines": {"mine.yaml": document(*sources)}})

    [group] = audit(repo=repo.path).groups

    assert (group.folder, group.sources) == ("trainers", (sources[2], sources[1]))
    assert group.tree_id == pin_of(repo, first).tree_id


def test_requirements_are_those_of_the_commit(repo: Repo) -> None:
    """Each file of requirements is read in the commit, and compared with the installed libraries (ZP015)."""
    toml = '[project]\ndependencies = ["packaging>=1", "no-such-thing; python_version < \'3\'", "attrs<2"]\n'
    files = {
        "requirements.txt": "# first\n-r more.txt\n-e .\nhttps://example.org/x.whl\npackaging>=20  # fits\n",
        "more.txt": "no-such-distribution==1\n-r requirements.txt\n",
        "setup.cfg": "[options]\ninstall_requires =\n    dulwich<1\n",
        "pyproject.toml": toml,
    }
    old = commit(repo, {**step(1), **files})
    new = commit(repo, step(1))

    pin = pin_of(repo, old)

    assert pin.unmet is not None
    assert [(unmet.file, unmet.requirement) for unmet in pin.unmet] == [
        ("more.txt", "no-such-distribution==1"),
        ("setup.cfg", "dulwich<1"),
        ("pyproject.toml", "attrs<2"),
    ]
    assert pin.unmet[0].installed is None
    assert [rule for rule, _, _ in pin.findings] == ["ZP015"]
    assert pin_of(repo, new).unmet == ()


@pytest.mark.parametrize(
    "files",
    {
        "a byte order mark": {"requirements.txt": b"\xef\xbb\xbfattrs<2\n"},
        "UTF-16, as some shells write it": {"requirements.txt": "attrs<2\r\n".encode("utf-16")},
        "lines that go on": {"requirements.txt": "attrs \\\n  <2 \\\n  --hash=sha256:00\n"},
        "a comment after a tab": {"requirements.txt": "attrs<2\t# why\n"},
        "options in their other forms": {
            "requirements.txt": "-rone.txt\n",
            "one.txt": "--requirement=two.txt\n",
        },
        "setup.cfg names a file": {"setup.cfg": "[options]\ninstall_requires = file: one.txt, two.txt\n"},
        "pyproject.toml names a file": {
            "pyproject.toml": "[project]\ndynamic = ['dependencies']\n"
            "[tool.setuptools.dynamic]\ndependencies = {file = ['one.txt', 'two.txt']}\n"
        },
    }.values(),
    ids=lambda files: next(iter(files)),
)
def test_requirements_are_read_in_every_form(repo: Repo, files: dict[str, str | bytes]) -> None:
    """As pip and setuptools read them."""
    old = commit(repo, {**step(1), "two.txt": "attrs<2\n", **files})

    unmet = pin_of(repo, old).unmet

    assert unmet is not None
    assert [line.requirement for line in unmet] == ["attrs<2"]


def test_included_requirements_are_those_of_each_commit(repo: Repo) -> None:
    """Two commits may differ only in an included file."""
    files = {"setup.cfg": "[options]\ninstall_requires = file: one.txt\n"}
    old = commit(repo, {**step(1), **files, "one.txt": "attrs<2\n"})
    new = commit(repo, {**step(1), **files, "one.txt": "attrs>2\n"})
    documents = {
        f"{number}.yaml": document(f"{MINE}@{commit_id}") for number, commit_id in enumerate((old, new))
    }
    write(repo, {"pipelines": documents})

    pins = {pin.commit_id: pin for pin in audit(repo=repo.path).pins}

    assert [len(pins[commit_id].unmet or ()) for commit_id in (old, new)] == [1, 0]


@pytest.mark.parametrize(
    "files",
    [
        {"pyproject.toml": "a = " + "[" * 5000},
        {"pyproject.toml": "[project]\ndependencies = [3, {a = 1}]"},
        {"requirements.txt": "# long\n" * 300_000},
        {"requirements.txt": b"\xff\xfe\x00"},
    ],
    ids=["deep", "no texts", "huge", "binary"],
)
def test_files_without_requirements_require_nothing(repo: Repo, files: dict[str, str | bytes]) -> None:
    """However they are written, and whatever else the audit reads."""
    pin = pin_of(repo, commit(repo, {**step(1), **files}))

    assert (pin.unmet, pin.exists, pin.findings) == ((), True, ())


def test_without_the_extra_one_line_says_so(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything else is in the report."""
    head = commit(repo, step(1))
    monkeypatch.setitem(sys.modules, "packaging.requirements", None)
    write(repo, {"pipelines": {"mine.yaml": document(f"{MINE}@{head}")}})

    report = audit(repo=repo.path)

    (note,) = report.notes
    assert note.startswith("requirements were not compared: 'packaging.requirements' is not installed; ")
    assert note.endswith("pip install 'zenml_pin[audit]'")
    assert report.pins[0].unmet is None
    assert report.pins[0].exists


def test_signature_is_reported(repo: Repo) -> None:
    """The kind of signature that a commit has; it is not verified."""
    head = commit(repo, step(1))
    with open(repo.join(".git", "HEAD")) as file:
        assert file.read()
    armor = "-----BEGIN SSH SIGNATURE-----\n abc\n -----END SSH SIGNATURE-----"
    raw = _raw(repo, head).replace("\n\n", f"\ngpgsig {armor}\n\n", 1)
    signed = put(repo, "commit", raw.encode())
    set_head(repo, signed)

    kinds = [getattr(pin_of(repo, name).commit, "signature", None) for name in (head, signed)]

    assert kinds == ["", "ssh"]


def _raw(repo: Repo, commit_id: str) -> str:
    with GitRepository.open(repo.path) as repository:
        return repository.objects.get(commit_id, "commit", 10**6).decode()


@pytest.mark.signatures
def test_allowed_signer_is_required(repo: Repo, tmp_path: Path) -> None:
    """An unsigned commit is a finding if there is a list of signers (ZP019)."""
    head = commit(repo, step(1))
    signers = tmp_path / "signers"
    key = "AAAAC3NzaC1lZDI1NTE5AAAAIJKuC6FaPNmTPlvKfwtrkBMAfzqEyBmPFtyEVZlYvAvB"
    signers.write_text(f"ada@example.org ssh-ed25519 {key}\n")

    pin = pin_of(repo, head, require_signed=signers)

    assert [rule for rule, _, _ in pin.findings] == ["ZP019"]


def test_documents_of_a_revision(repo: Repo) -> None:
    """As they were in that revision; pins are still compared with HEAD."""
    first = commit(repo, step(1))
    second = commit(repo, {**step(1), "pipelines": {"mine.yaml": document(f"{MINE}@{first}")}})
    commit(repo, step(2))
    write(repo, {"pipelines": {"other.yaml": document(MINE)}})

    report = audit(repo=repo.path, revision="HEAD~1")

    assert report.scope == second
    assert [(item.path, item.revision) for item in report.documents] == [("pipelines/mine.yaml", second)]
    assert [pin.same_as_head for pin in report.pins] == [False]
    with pytest.raises(RevisionError):
        audit(repo=repo.path, revision="nothing")


def test_every_version_of_every_document(repo: Repo) -> None:
    """Deleted ones, ones on other branches, and returned ones; each with the first commit that has it."""

    def texts(*names: str) -> dict[str, Any]:
        texts = {name[0]: document(MINE, name=name) for name in names}
        return {**step(1), "pipelines": {f"{stem}.yaml": text for stem, text in texts.items()}}

    a1 = commit(repo, texts("a1"))
    a2 = commit(repo, texts("a2", "b1"))
    commit(repo, texts("b1"))
    commit(repo, texts("a1", "b1"))
    main = get_head(repo)
    detach(repo, a1)
    c1 = commit(repo, texts("c1"))
    branch(repo, "side", c1)
    detach(repo, main)
    set_ref(repo, "refs/heads/main", main)
    merge = commit(repo, texts("a1", "b1", "c1"), parent=[main, c1])

    report = audit(repo=repo.path, all_history=True)

    assert report.scope == "history"
    assert {(item.path, item.name, item.revision, item.is_current) for item in report.documents} == {
        ("pipelines/a.yaml", "a1", a1, True),
        ("pipelines/a.yaml", "a2", a2, False),
        ("pipelines/b.yaml", "b1", a2, True),
        ("pipelines/c.yaml", "c1", c1, True),
    }
    assert merge not in {item.revision for item in report.documents}


def test_history_reads_the_folders_of_documents_of_each_commit(repo: Repo) -> None:
    """In the source roots of each commit, which may differ from those of HEAD."""
    roots = "[zenml_pin]\nsource_roots = tools\n"
    commit(repo, {"setup.cfg": roots, "tools": {"pipelines": {"old.yaml": document(MINE)}}})
    commit(repo, {"README": "x", "pipelines": {"new.yaml": document(MINE)}})

    report = audit(repo=repo.path, all_history=True)

    documents = [(item.path, item.is_current) for item in report.documents]
    assert documents == [("pipelines/new.yaml", True), ("tools/pipelines/old.yaml", False)]


def test_damaged_folder_of_documents_is_a_finding(repo: Repo) -> None:
    """It does not hide versions in other commits."""
    first = commit(repo, {"pipelines": {"a.yaml": document(MINE)}})
    second = commit(repo, {"pipelines": {"b.yaml": document(MINE)}}, base=first)
    commit(repo, {"pipelines": {"c.yaml": document(MINE)}}, base=second)
    with GitRepository.open(repo.path) as repository:
        damaged = CommitTree(repository.objects, second).get("pipelines").id
    os.chmod(repo.loose(damaged), 0o600)
    Path(repo.loose(damaged)).write_bytes(b"junk")

    report = audit(repo=repo.path, all_history=True)

    [finding] = [item for item in report.findings if item.rule.id == "ZP009"]
    assert (finding.path, finding.revision) == ("pipelines", second)
    assert damaged in finding.message
    readable = {item.path for item in report.documents if item.name}
    assert readable == {"pipelines/a.yaml", "pipelines/b.yaml", "pipelines/c.yaml"}


def test_damaged_commit_ends_the_history_with_a_finding(repo: Repo) -> None:
    """Earlier commits were not audited, so the exit code is not 0."""
    first = commit(repo, {"pipelines": {"a.yaml": document(MINE)}})
    second = commit(repo, {"pipelines": {"b.yaml": document(MINE)}}, base=first)
    commit(repo, {"pipelines": {"c.yaml": document(MINE)}}, base=second)
    os.chmod(repo.loose(second), 0o600)
    Path(repo.loose(second)).write_bytes(b"junk")

    report = audit(repo=repo.path, all_history=True)

    [finding] = [item for item in report.findings if item.rule.id == "ZP009"]
    assert (finding.path, finding.revision) == (".", second)
    assert "the history ends here" in finding.message
    assert not report.is_clean


def test_bare_repository_has_no_working_tree(repo: Repo, tmp_path: Path) -> None:
    """The documents of HEAD are read; there are no files to compare with."""
    first = commit(repo, step(1))
    head = commit(repo, {**step(1), "pipelines": {"mine.yaml": document(f"{MINE}@{first}")}})
    bare = make_bare(repo, tmp_path / "bare.git")

    report = audit(repo=bare.path)

    assert (report.scope, [pin.same_as_worktree for pin in report.pins]) == (head, [None])
    assert [pin.same_as_head for pin in report.pins] == [True]


def test_nothing_is_written_and_nothing_runs(repo: Repo) -> None:
    """Without --load, no code of any pin runs; the repository does not change."""
    head = commit(repo, {"trainers": {"step.py": "raise SystemExit('it ran')\nclass Mine: pass\n"}})
    write(repo, {"pipelines": {"mine.yaml": document(f"{MINE}@{head}")}})
    before = snapshot(repo.path)

    report = audit(repo=repo.path, all_history=True)

    assert (report.is_complete, snapshot(repo.path)) == (True, before)


def test_answers_are_of_now(repo: Repo) -> None:
    """A second audit in one process sees changes since the first."""
    first = commit(repo, step(1))

    assert pin_of(repo, first).same_as_head
    commit(repo, step(2))
    assert not pin_of(repo, first).same_as_head


def test_progress_is_reported(repo: Repo) -> None:
    """Each stage, with the number of items done and of all items, as far as it is known."""
    head = commit(repo, step(2), base=commit(repo, step(1)))
    stages: list[tuple[str, int, int]] = []

    pin_of(repo, head, progress=lambda *stage: stages.append(stage))

    assert stages == [("documents", 1, 0), ("pins", 1, 1), ("history", 1, 0), ("history", 2, 0)]


def test_progress_through_all_history_is_reported(repo: Repo) -> None:
    """The commits that were read, long before the first document is."""
    head = commit(repo, step(2), base=commit(repo, step(1)))
    commit(repo, {"pipelines": {"mine.yaml": document(f"{MINE}@{head}")}}, base=head)
    stages: list[tuple[str, int, int]] = []

    audit(repo=repo.path, all_history=True, progress=lambda *stage: stages.append(stage))

    walk = [(stage, number, 0) for stage in ("commits", "history") for number in (1, 2, 3)]
    assert stages == [*walk[:3], ("documents", 1, 0), ("pins", 1, 1), *walk[3:]]


@pytest.mark.slow
def test_several_processes_find_the_same(repo: Repo) -> None:
    """The number of processes does not matter."""
    ids = [commit(repo, step(number)) for number in range(50)]
    write(
        repo,
        {"pipelines": {"mine.yaml": document(*(f"{MINE}@{name}" for name in ids), f"{MINE}@{'0' * 40}")}},
    )

    assert audit(repo=repo.path, jobs=2) == audit(repo=repo.path)


@pytest.mark.slow
def test_dask_cluster_finds_the_same(repo: Repo) -> None:
    """A running cluster, by its address; its workers see the repository's path."""
    distributed = pytest.importorskip("distributed")
    ids = [commit(repo, step(number)) for number in range(30)]
    write(repo, {"pipelines": {"mine.yaml": document(*(f"{MINE}@{name}" for name in ids))}})
    cluster = distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
    )
    with cluster:
        report = audit(repo=repo.path, dask=cluster.scheduler_address, load=True)

    alone = audit(repo=repo.path)
    assert [item.path for item in report.documents] == [item.path for item in alone.documents]
    assert report.findings == alone.findings
    assert {getattr(pin.load, "outcome", None) for pin in report.pins} == {"loaded"}


def test_shallow_history_ends_where_it_does(repo: Repo) -> None:
    """Existing commits are reported; absent ones are missing, with the remedy (ZP003)."""
    first = commit(repo, step(1))
    second = commit(repo, step(2))
    third = commit(repo, step(3))
    os.remove(repo.loose(first))
    write(
        repo, {"pipelines": {"mine.yaml": document(*(f"{MINE}@{name}" for name in (first, second, third)))}}
    )

    report = audit(repo=repo.path)

    assert [(finding.rule.id, finding.line) for finding in report.findings] == [("ZP003", 4)]
    assert [pin.commit.behind for pin in report.pins if pin.commit is not None] in ([0, 1], [1, 0])


@pytest.mark.slow
def test_bundle_beside_the_documents_keeps_a_pin(repo: Repo) -> None:
    """The repository has lost the commit: it is found, compared and loaded from the bundle."""
    first = commit(repo, step(1))
    lost = commit(repo, step(2))
    os.makedirs(repo.join("pipelines"))
    Bundle.create(f"{MINE}@{lost}", repo.join("pipelines", "mine.bundle"), repo=repo.path)
    for name in (lost, _tree(repo, lost)):
        os.remove(repo.loose(name))
    set_ref(repo, "refs/heads/main", first)

    pin = pin_of(repo, lost, load=True)

    assert pin.commit is not None
    assert (pin.commit.bundle or "").endswith("mine.bundle")
    assert (pin.has_class, pin.same_as_head, pin.load and pin.load.outcome) == (True, False, "loaded")
    assert {rule for rule, _, _ in pin.findings} == {"ZP002"}
    assert {finding.rule.id for finding in check(repo=repo.path).findings} == {"ZP002"}


def _tree(repo: Repo, commit_id: str) -> str:
    return _raw(repo, commit_id).split("\n")[0].removeprefix("tree ")


def test_a_bundle_is_not_a_repository(repo: Repo, tmp_path: Path) -> None:
    """It has no branches, no HEAD and no documents in folders."""
    head = commit(repo, step(1))
    Bundle.create(f"{MINE}@{head}", tmp_path / "mine.bundle", repo=repo.path)

    with pytest.raises(UnsupportedError, match=r"bundle .* has no worktree"):
        audit(repo=tmp_path / "mine.bundle")
