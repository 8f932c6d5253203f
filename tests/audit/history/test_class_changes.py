"""ClassChanges and landmarks: shortcuts that never change an answer, judged by the long way."""

from __future__ import annotations

import random

import pytest

from tests.support.repositories import Repo, commit, git
from zenml_pin.audit.comparison.class_text import Segment, find_segment
from zenml_pin.audit.comparison.comparing import locate_class
from zenml_pin.audit.comparison.sides import CommitSide
from zenml_pin.audit.history import class_changes
from zenml_pin.audit.history.tracing import versions
from zenml_pin.errors import PinError, PinnedModuleNotFoundError
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.git.repository import GitRepository
from zenml_pin.pins.first_parents import UnitAt, find_unit
from zenml_pin.source import Source

SOURCE = Source.parse("pkg.sub.step.A")
# What a commit puts into pkg/sub/step.py: tricky ends of classes, and texts that cannot be parsed.
PARTS = [
    "class A:\n    x = 1\n",
    "class A:\n    x = 2\n",
    "class A:\n    x = 2",
    "class B(A):\n    pass\n",
    '"""\nclass A:\n    no = 1\n"""\n',
    "y = '''\n",
    "'''\n",
    "    z = 3\n",
    "@decorated\n",
    "# class A in a comment\n",
    "print 'old'\n",
    "if x:\n    class A:\n        w = 4\n",
    "from .other import A\n",
    "from .other import *\n",
    "from pkg.sub.other import Z as A\n",
    "\n",
    "A = 5\n",
    "# at the margin\n    # x\n    def f(self):\n        return 1\n",
    "    def f(self):\n        return 2\n\n    # y\n",
    '    text = """\nat the margin\n    in = 1\n    """\n',
    "class A: z = 1\n",
    " \fz = 6\n",
    "class A(\n    B,\n):\n    x = 7\n",
]
OTHERS = ["class A:\n    other = 1\n", "class Z:\n    other = 2\n", "", "from .third import A\n"]


def long_way(repo: Repo) -> list[tuple[str, UnitAt | None, tuple[str, ...] | None]]:
    """Return commit, unit and class text of every first parent, each found anew."""
    found = []
    with GitRepository.open(repo.path) as repository:
        for commit_id in git("log", "--first-parent", "--format=%H", cwd=repo.path).split():
            tree = CommitTree(repository.objects, commit_id)
            try:
                segment = locate_class(CommitSide(tree), SOURCE).segment
            except PinError:
                segment = None
            lines = segment.lines if segment is not None else None
            found.append((commit_id, find_unit(tree, SOURCE.module), lines))
    return found


def expected(repo: Repo) -> list[tuple[str, UnitAt | None, bool | None]]:
    """Return the versions that follow from the long way."""
    steps = long_way(repo)
    kept = [
        step for step, older in zip(steps, [*steps[1:], ("", None, None)], strict=True) if step[1] != older[1]
    ]
    return [
        (commit_id, unit, None if lines is None else older[2] is None or lines != older[2])
        for (commit_id, unit, lines), older in zip(kept, [*kept[1:], ("", None, None)], strict=True)
    ]


@pytest.mark.quick(every=4)
@pytest.mark.git
@pytest.mark.parametrize("seed", range(12))
def test_versions_are_those_of_the_long_way(
    repo: Repo, seed: int, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In random histories; with a commit graph and without, with a cache that is empty and one that is filled."""
    chance = random.Random(seed)
    parts = [chance.choice(PARTS) for _ in range(4)]
    root: dict[str, object] = {"README.md": "x", "pkg": {"sub": {"step.py": "".join(parts)}}}
    for number in range(40):
        edit = chance.randrange(12)
        package: dict[str, object] = root["pkg"]  # type: ignore[assignment]
        sub: dict[str, object] = package["sub"]  # type: ignore[assignment]
        if edit < 6:
            parts[chance.randrange(len(parts))] = chance.choice(PARTS)
            sub["step.py"] = "".join(parts)
        elif edit == 6:
            sub["other.py"] = chance.choice(OTHERS)
        elif edit == 7:
            chance.choice([package, sub])["__init__.py"] = f"# {number}\n"
        elif edit == 8:
            chance.choice([package, sub]).pop("__init__.py", None)
        elif edit == 9:
            root["src"] = {
                "pkg": {"sub": {"step.py": PARTS[0]}},
                **({"__init__.py": ""} if number % 2 else {}),
            }
        elif edit == 10:
            roots = chance.choice(["src", ".", "src, ."])
            root["setup.cfg"] = f"[zenml_pin]\nsource_roots = {roots}\n" if number % 3 else ""
        else:
            root["README.md"] = str(number)
        commit(repo, root)  # type: ignore[arg-type]
    want = expected(repo)
    assert len(want) > 5

    def found() -> list[tuple[str, UnitAt | None, bool | None]]:
        trace = versions(SOURCE, repo=repo.path).versions
        return [(version.commit.id, version.unit, version.class_changed) for version in trace]

    assert found() == want
    git("commit-graph", "write", "--reachable", "--changed-paths", cwd=repo.path)
    assert found() == want
    monkeypatch.setenv("ZENML_PIN_CACHE", str(tmp_path_factory.mktemp("cache") / "own"))
    assert found() == want
    assert found() == want


def test_edits_inside_a_class_are_seen_without_parsing_each_text(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The indentation shows that they are inside: only the newest text is parsed."""
    for number in range(8):
        body = "".join(f"    def f{line}(self):\n        return {line * number}\n\n" for line in range(3))
        commit(repo, {"pkg": {"sub": {"step.py": f"import os\n\nclass A:\n{body}y = 1\n"}}})
    parsed = []

    def note(text: str, name: str) -> Segment | None:
        parsed.append(text)
        return find_segment(text, name)

    monkeypatch.setattr(class_changes, "find_segment", note)

    trace = versions(SOURCE, repo=repo.path).versions

    assert [version.class_changed for version in trace] == [True] * 8
    # The oldest one has no older one to differ from: that it has the class at all is asked.
    assert len(set(parsed)) <= 2


PAIRS = {
    "a decorator of a text that cannot be parsed": (
        "@d\nclass A:\n    x = 1\n'''\n",
        "class A:\n    x = 1\n'''\n",
    ),
    "a decorator": ("@d\nclass A:\n    x = 1\n", "class A:\n    x = 1\n"),
    "what follows the class": ("class A:\n    x = 1\ny = 1\n", "class A:\n    x = 1\ny = 2\n"),
    "a comment below the class": ("class A:\n    x = 1\n    # 1\n", "class A:\n    x = 1\n    # 2\n"),
    "an encoding": (
        "# coding: ascii\nclass A:\n    x = 'é'\n    # 1\n",
        "# coding: utf-8\nclass A:\n    x = 'é'\n    # 1\n",
    ),
    "a line further down": ("class A:\n    x = 1", "class A:\n    x = 1\n    y = 2\n"),
    "a line that seems to be in the class": (
        'x = """\nclass A:\n    y = 1\n"""\n',
        'x = """\nclass A:\n    y = 2\n"""\n',
    ),
}


@pytest.mark.parametrize("texts", PAIRS.values(), ids=PAIRS)
def test_class_of_neighbours_is_compared_as_both_texts_have_it(repo: Repo, texts: tuple[str, str]) -> None:
    """Where something else changed, and where it only seems so."""
    for text in texts:
        commit(repo, {"pkg": {"sub": {"step.py": text}}})
    segments = [find_segment(text, "A") for text in texts]

    if all(segment is None for segment in segments):
        with pytest.raises(PinnedModuleNotFoundError):
            versions(SOURCE, repo=repo.path)
    else:
        lines = [segment.lines if segment is not None else None for segment in segments]
        assert versions(SOURCE, repo=repo.path).versions[0].class_changed == (lines[0] != lines[1])
