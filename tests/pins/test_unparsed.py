"""What this Python cannot parse, newer code than itself or older, is never taken to import nothing (P5)."""

from __future__ import annotations

import subprocess
import sys
import types
from typing import Any

import pytest

import zenml_pin
from tests.support.repositories import Repo, commit, get_head, write
from tests.support.run_command import run
from zenml_pin import Bundle, PinnedImportError, UnpinnedError, UnpinnedWarning, UnsupportedError
from zenml_pin.at import registry
from zenml_pin.audit import audit, check, diff
from zenml_pin.errors import PinError
from zenml_pin.pins.code_id import code_id
from zenml_pin.verification import verify

VERSION = ".".join(map(str, sys.version_info[:2]))
OWN = f"Python {VERSION} cannot parse step/made.py, line 3"

# A line that an older Python cannot parse, and since when one can.
SYNTAX = {
    "t-string": ("show = t'{deeper.value}'", (3, 14)),
    "except without brackets": ("try: pass\nexcept A, B: pass", (3, 14)),
    "lazy import": ("lazy import json", (3, 15)),
    "unpacking in a comprehension": ("x = [*y for y in z]", (3, 15)),
    "what no Python can parse yet": ("later import deeper", (9, 0)),
    "what no Python can parse any more": ("print deeper.value", (9, 0)),
}
CASES = [
    pytest.param(line, id=name, marks=pytest.mark.skipif(sys.version_info >= since, reason="can be parsed"))
    for name, (line, since) in SYNTAX.items()
]

DOCUMENT = (
    "version: '1'\npipeline: {{name: p, type: training, "
    "source: zenml_pin.pipelines.TrainingPipeline@zenml_0.1.0, args: {{}}}}\n"
    "steps:\n  training: {{source: step.made.T@{0}, args: {{}}}}\n"
)


def files_of(line: str) -> dict[str, Any]:
    """Return a class whose helper has a line that cannot be parsed, so that nobody sees what else it imports."""
    return {
        "deeper.py": "value = 1\n",
        "helper.py": f"import deeper\n{line}\n",
        "step": {"__init__.py": "", "made.py": "import helper\nclass T:\n    pass\n"},
    }


BROKEN = "print 1\nclass T: pass\n"


@pytest.fixture
def here(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> Repo:
    """A repository with a class that no Python can parse any more; the current folder."""
    commit(repo, {**files_of("print deeper.value"), "broken.py": BROKEN})
    monkeypatch.chdir(repo.path)
    return repo


@pytest.fixture(params=CASES)
def world(request: pytest.FixtureRequest, repo: Repo) -> tuple[Repo, str]:
    """A repository with such a class, and its commit."""
    return repo, commit(repo, files_of(request.param))


def test_class_is_not_pinned(world: tuple[Repo, str]) -> None:
    """Whether or not what the helper imports has changes: nobody can tell what that is."""
    repo, _ = world
    write(repo, {"deeper.py": "value = 2\n"})

    with pytest.warns(
        UnpinnedWarning, match=r"helper\.py: not committed, because Python .* cannot parse helper.py"
    ):
        source = zenml_pin.pin("step.made.T", repo=repo.path)
    with pytest.raises(UnpinnedError, match="not committed, because"):
        zenml_pin.pin("step.made.T", repo=repo.path, strict=True)

    assert source.commit_id is None


def test_check_and_audit_have_a_finding(world: tuple[Repo, str]) -> None:
    """ZP024, an error, for the file that cannot be parsed."""
    repo, commit_id = world
    commit(repo, {"pipelines": {"p.yaml": DOCUMENT.format(commit_id)}}, base=commit_id)

    for report in (check(repo=repo.path), audit(repo=repo.path)):
        found = [finding for finding in report.findings if finding.rule.id == "ZP024"]

        assert len(found) == 1
        assert found[0].level.value == "error"
        assert (
            f"'helper.py' at commit {commit_id}: Python {VERSION} cannot parse helper.py" in found[0].message
        )


def test_diff_shows_each_file_that_may_be_imported(world: tuple[Repo, str]) -> None:
    """Two commits with other files are never the same."""
    repo, first = world
    second = commit(repo, {"deeper.py": "value = 2\n"}, base=first)

    difference = diff(f"step.made.T@{first}", f"step.made.T@{second}", repo=repo.path)

    assert not difference.same
    assert [held.path for held in difference.files] == ["deeper.py"]
    assert f"Python {VERSION} cannot parse helper.py" in difference.note
    assert diff(f"step.made.T@{first}", f"step.made.T@{first}", repo=repo.path).same


def test_code_is_never_the_same(world: tuple[Repo, str]) -> None:
    """So that no step's cached value is taken for that of another commit."""
    repo, first = world
    second = commit(repo, {"deeper.py": "value = 2\n"}, base=first)
    place = registry.open(repo.path)

    ids = {code_id(zenml_pin.Source("step.made", "T", commit_id), place) for commit_id in (first, second)}

    assert len(ids) == 2


def test_bundle_is_refused(world: tuple[Repo, str], tmp_path: Any) -> None:
    """It would lack what the helper imports."""
    repo, commit_id = world

    with pytest.raises(UnsupportedError, match="the bundle would lack what a file imports, because Python"):
        Bundle.create(f"step.made.T@{commit_id}", tmp_path / "b.bundle", repo=repo.path)

    assert not (tmp_path / "b.bundle").exists()


def test_verification_says_what_it_did_not_look_at(world: tuple[Repo, str]) -> None:
    """The objects that it hashed are sound, and the pin is not verified."""
    repo, commit_id = world

    verification = verify(f"step.made.T@{commit_id}", repo=repo.path)

    assert verification.is_intact
    assert not verification.is_verified
    assert f"are not verified, because Python {VERSION} cannot parse helper.py" in verification.findings[0]


def test_load_says_which_python_cannot_parse_what(world: tuple[Repo, str]) -> None:
    """In the words of the other verbs, and not that the code raised something."""
    repo, commit_id = world

    with pytest.raises(PinnedImportError) as caught:
        zenml_pin.load(f"step.made.T@{commit_id}", repo=repo.path)

    assert "SyntaxError: " in str(caught.value)
    assert f"(Python {VERSION} cannot parse helper.py, line " in str(caught.value)
    assert caught.value.hint == "use a Python that can parse it, such as the one that it is written for"


VERBS = {
    "load": ["load", "step.made.T@COMMIT"],
    "verify": ["verify", "step.made.T@COMMIT"],
    "bundle": ["bundle", "step.made.T@COMMIT", "-o", "x.bundle"],
    "pin": ["pin", "step.made.T"],
}


@pytest.mark.quick(every=4)
@pytest.mark.parametrize("verb", VERBS)
def test_class_in_a_file_that_cannot_be_parsed(repo: Repo, verb: str) -> None:
    """Each verb says so, and none that the class is not defined there."""
    text = "import json\nclass T:\n    later this\n"
    commit_id = commit(repo, {"step": {"__init__.py": "", "made.py": text}})
    args = [part.replace("COMMIT", commit_id) for part in VERBS[verb]]

    done = subprocess.run(
        [sys.executable, "-m", "zenml_pin", *args], cwd=repo.path, capture_output=True, text=True, check=False
    )

    assert done.returncode == 1
    assert OWN in done.stderr
    assert "use a Python that can parse it" in done.stderr
    assert "defines no class" not in done.stderr


def test_star_import_of_what_cannot_be_parsed_may_give_the_class(repo: Repo) -> None:
    """What cannot be parsed is what is in the way, not a class that is not there."""
    commit(
        repo,
        {"step": {"__init__.py": "", "made.py": "from step.other import *\n", "other.py": "later this\n"}},
    )

    with pytest.warns(UnpinnedWarning, match=r"cannot parse step/other\.py, line 1"):
        zenml_pin.pin("step.made.T", repo=repo.path)


def test_file_with_a_nul_byte_has_no_line(repo: Repo) -> None:
    """It is refused like every other."""
    commit(repo, {"step": {"__init__.py": "", "made.py": "class T: pass\n", "other.py": "x = 1\n\0\n"}})

    with pytest.warns(UnpinnedWarning, match=r"because Python .* cannot parse step/other\.py"):
        zenml_pin.pin("step.made.T", repo=repo.path)


def test_error_survives_pickling(repo: Repo) -> None:
    """As every error does (P9)."""
    import pickle

    commit_id = commit(repo, {"step": {"__init__.py": "", "made.py": "later this\n"}})
    with pytest.raises(PinError) as caught:
        verify(f"step.made.T@{commit_id}", repo=repo.path)

    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


@pytest.mark.parametrize("loaded", [None, types.ModuleType("step.made")], ids=["import", "copy"])
def test_unpinned_load_says_which_python(
    here: Repo, loaded: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of a plain import and of a copy, in the words of a pinned load; the class's own code raised nothing."""
    for name in ("step", "step.made", "helper"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    if loaded is not None:
        monkeypatch.setitem(sys.modules, "step.made", loaded)
    monkeypatch.setattr(sys, "path", [*sys.path])

    code, _, err = run(capsys, "load", "step.made.T")

    assert code == 1
    assert "zenml_pin.at.worktree" in err if loaded else "warning" not in err
    assert f"(Python {VERSION} cannot parse helper.py, line 2)" in err
    assert "own code" not in err


def test_reasons_of_a_file_that_cannot_be_parsed_do_not_speak_of_what_it_defines(here: Repo) -> None:
    """Nobody knows that: in `status` and in `check` there is one reason."""
    status = zenml_pin.status(zenml_pin.Source("broken", "T"))
    write(here, {"pipelines": {"p.yaml": DOCUMENT.format("").replace("step.made.T@", "broken.T")}})

    assert status.reasons == (f"not committed, because Python {VERSION} cannot parse broken.py, line 1",)
    assert "ZP005" not in {finding.rule.id for finding in check().findings}


@pytest.mark.parametrize("name", ["T", "U"])
def test_cat_and_ls_show_what_cannot_be_parsed(
    here: Repo, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """To show a file needs no parser: the note says what is not known, and nothing with -q."""
    source = f"broken.{name}@{get_head(here)}"
    note = f"note: Python {VERSION} cannot parse broken.py, line 1; whether it defines '{name}' is unknown\n"

    assert run(capsys, "cat", source) == (0, BROKEN, note)
    assert run(capsys, "-q", "cat", f"broken.{name}") == (0, BROKEN, "")
    code, out, err = run(capsys, "ls", source)
    assert (code, out.rpartition("\t")[2], err) == (0, "broken.py\n", note)
