"""Judging a class in the sandbox: good, bad, or why that cannot be known; a denial never means bad."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.isolation.sandboxed_trials import QUICK
from tests.support.repositories import Repo, commit
from zenml_pin.errors import UnsupportedError
from zenml_pin.isolation.judging import Judgement, command_tester, function_tester, judge_source
from zenml_pin.isolation.limits import TrialLimits
from zenml_pin.isolation.walls_here import standing_walls
from zenml_pin.pins.lookup import get_repository
from zenml_pin.source import Source

needs_landlock = pytest.mark.skipif(
    "files" not in standing_walls().names, reason=f"no Landlock: {standing_walls().text}"
)
GOOD_CLASS = "class Mine:\n    epochs = 3\n"
FUNCTIONS = {
    "nothing": ("pass", "good", ""),
    "an assertion": ("assert cls.epochs == 3", "good", ""),
    "a true value": ("return cls.epochs", "good", ""),
    "zero": ("return 0", "bad", ""),
    "False": ("return False", "bad", ""),
    "a failed assertion": ("assert cls.epochs == 4, 'four'", "bad", ""),
    "an exception": ("cls.missing", "bad", ""),
    "exit code 0": ("raise SystemExit(0)", "good", ""),
    "exit code 1": ("raise SystemExit(1)", "bad", ""),
    "exit code 125": ("raise SystemExit(125)", "unknown", "skipped"),
    "exit code 128": ("raise SystemExit(128)", "unknown", "skipped"),
    "a skipped test": ("import unittest; raise unittest.SkipTest('no')", "unknown", "skipped"),
    "no time": ("while True: pass", "unknown", "timed out"),
    "no memory": ("bytearray(10**10)", "unknown", "out of memory"),
    "a signal": ("import os; os.kill(os.getpid(), 9)", "unknown", "killed"),
    "an early end": ("import os; os._exit(1)", "unknown", "killed"),
    "a fork": ("import os; assert os.fork() == 0", "bad", ""),
}
COMMANDS = {
    "a good text": (
        ["-c", "import zenml_pin, os; zenml_pin.load(os.environ['ZENML_PIN_SOURCE'])"],
        "good",
        "",
    ),
    "arguments": (["-c", "import sys; assert sys.argv[1:] == ['a', 'b']", "a", "b"], "good", ""),
    "exit code 3": (["-c", "import sys; sys.exit(3)"], "bad", ""),
    "exit code 125": (["-c", "import sys; sys.exit(125)"], "unknown", "skipped"),
    "a text for exit": (["-c", "import sys; sys.exit('wrong')"], "bad", ""),
    "an exception": (["-c", "1 / 0"], "bad", ""),
    "a module": (["-m", "calendar", "2026"], "good", ""),
    "a module that fails": (["-m", "calendar", "nonsense"], "bad", ""),
}


def judge(repo: Repo, code: str, tester: dict[str, object] | None, limits: TrialLimits = QUICK) -> Judgement:
    """Judge a class whose module has some code."""
    head = commit(repo, {"trainers": {"step.py": code}})
    source = Source.parse(f"trainers.step.Mine@{head}")
    return judge_source(source, get_repository(repo.path), tester, limits, mode="auto")


@pytest.mark.quick(every=6)
@pytest.mark.parametrize(("body", "answer", "reason"), FUNCTIONS.values(), ids=FUNCTIONS)
def test_function_judges(repo: Repo, tmp_path: Path, body: str, answer: str, reason: str) -> None:
    """False and exceptions mean bad; what ends the process says nothing about the class."""
    path = tmp_path / "checks.py"
    path.write_text(f"def is_good(cls):\n    {body}\n")
    limits = TrialLimits(seconds=2, megabytes=256) if "time" in reason else QUICK

    judgement = judge(repo, GOOD_CLASS, function_tester(str(path), "is_good"), limits)

    assert (judgement.answer, judgement.reason) == (answer, reason), judgement.message


@pytest.mark.quick(every=8)
@pytest.mark.parametrize(("arguments", "answer", "reason"), COMMANDS.values(), ids=COMMANDS)
def test_command_of_python_judges(repo: Repo, arguments: list[str], answer: str, reason: str) -> None:
    """By its exit code, as for `git bisect run`."""
    judgement = judge(repo, GOOD_CLASS, command_tester(["python", *arguments]))

    assert (judgement.answer, judgement.reason) == (answer, reason), judgement.message


def test_script_is_read_by_the_caller(repo: Repo, tmp_path: Path) -> None:
    """The trial cannot read the file; its traceback has the line."""
    path = tmp_path / "script.py"
    path.write_text(
        "import zenml_pin, os\ncls = zenml_pin.load(os.environ['ZENML_PIN_SOURCE'])\nassert cls.epochs == 4\n"
    )

    judgement = judge(repo, GOOD_CLASS, command_tester(["python3.13", str(path)]))

    assert (judgement.answer, judgement.message) == ("bad", "AssertionError: ")


@pytest.mark.quick(every=4)
@needs_landlock
@pytest.mark.parametrize("body", ["open({path!r})", "try: open({path!r})\n    except OSError: pass"])
@pytest.mark.parametrize("in_class", [True, False], ids=["class", "test"])
def test_denial_means_unknown(repo: Repo, disk_path: Path, body: str, in_class: bool) -> None:
    """Whether the class or the test caused it, and whether or not that made it fail."""
    (disk_path / "secret").write_text("")
    (disk_path / "checks.py").write_text(f"def is_good(cls):\n    {'pass' if in_class else 'cls.run()'}\n")
    text = body.format(path=str(disk_path / "secret"))
    code = (
        f"def run():\n    {text}\n{'run()' if in_class else ''}\nclass Mine:\n    run = staticmethod(run)\n"
    )

    judgement = judge(repo, code, function_tester(str(disk_path / "checks.py"), "is_good"))

    assert (judgement.answer, judgement.reason) == ("unknown", "denied")
    assert f"the sandbox denied open '{disk_path / 'secret'}'" in judgement.message


@pytest.mark.slow
def test_class_that_does_not_load_is_unknown_with_a_test_and_bad_without(repo: Repo, tmp_path: Path) -> None:
    """The question without a test is whether it loads."""
    (tmp_path / "checks.py").write_text("def is_good(cls): pass\n")
    tester = function_tester(str(tmp_path / "checks.py"), "is_good")

    tested, loaded = judge(repo, "1 / 0\n", tester), judge(repo, "1 / 0\n", None)
    fine = judge(repo, GOOD_CLASS, None)

    assert (tested.answer, tested.reason) == ("unknown", "not loaded")
    assert (loaded.answer, fine.answer) == ("bad", "good")
    assert "ZeroDivisionError" in tested.message


@pytest.mark.slow
def test_answer_is_bounded_json(repo: Repo, tmp_path: Path) -> None:
    """Whatever the class and the test say."""
    (tmp_path / "checks.py").write_text(
        "def is_good(cls):\n    print('x' * 10**6)\n    raise ValueError('\\x1b' * 10**6)\n"
    )

    judgement = judge(repo, GOOD_CLASS, function_tester(str(tmp_path / "checks.py"), "is_good"))
    text = json.dumps(judgement.to_dict())

    assert judgement.answer == "bad"
    assert len(text) < 100_000
    assert "\x1b" not in judgement.message


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["python"],
        ["make", "test"],
        ["python", "-c"],
        ["python", "-X", "dev"],
        ["python", "absent.py"],
        ["python", "/"],
    ],
    ids=" ".join,
)
def test_other_commands_are_refused(words: list[str]) -> None:
    """The sandbox sees denials of Python only."""
    with pytest.raises(UnsupportedError):
        command_tester(words)


@pytest.mark.slow
@needs_landlock
def test_the_working_tree_on_the_import_path_denies_nothing(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`python -m` puts the current folder there, and many libraries list each entry when they are imported."""
    monkeypatch.syspath_prepend(repo.path)
    scan = "import importlib.metadata, os, sys\nlist(importlib.metadata.distributions())\n"
    scan += "[os.listdir(entry) for entry in sys.path if os.path.isdir(entry)]\n"

    judgement = judge(repo, f"{scan}{GOOD_CLASS}", None)

    assert (judgement.answer, judgement.reason) == ("good", ""), judgement.message
