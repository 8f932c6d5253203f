"""Bisecting a class: the first bad commit, by a function, by a command, by whether it loads; and every bad input."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import jsonschema
import pytest

from tests.support.bisect_histories import make_history
from tests.support.parsed_html import Seen
from tests.support.repositories import Repo, commit, find_head
from tests.support.run_command import run
from zenml_pin.audit import BisectReport, bisect
from zenml_pin.cli.plain_data import schema
from zenml_pin.errors import PinError, RevisionError, UnknownNameError, UnsupportedError
from zenml_pin.isolation.limits import TrialLimits
from zenml_pin.isolation.walls_here import standing_walls

needs_landlock = pytest.mark.skipif(
    "files" not in standing_walls().names, reason=f"no Landlock: {standing_walls().text}"
)
NAME = "trainers.step.Mine"
STEP = "from shared.rates import RATE\n\nclass Mine:\n    rate = RATE\n"
CHECKS = """\
import os, signal, time

def is_good(cls): return cls.rate < 5
def asserts(cls): assert cls.rate < 5
def raises(cls): return 1 / (5 - cls.rate) > 0 or 1 / 0
def skips_some(cls):
    if 3 <= cls.rate <= 5:
        raise ConnectionError("no server")
    return cls.rate < 4
def dies(cls):
    if cls.rate == 4: os.kill(os.getpid(), signal.SIGKILL)
    return cls.rate < 5
def hangs(cls):
    if cls.rate == 4: time.sleep(60)
    return cls.rate < 5
def needs_memory(cls):
    if cls.rate == 4: bytearray(10**10)
    return cls.rate < 5
def reads(cls):
    if cls.rate == 4: open(__file__)
    return cls.rate < 5
def counts(cls):
    with open("count", "a") as file: file.write(f"{cls.rate}\\n")
    return cls.rate < 5
"""


@dataclass(frozen=True)
class Rates:
    """A history in which the helper of a class changes; commit n has rate n, and two more commits follow each."""

    repo: Repo
    ids: dict[int, str]


@pytest.fixture
def rates(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> Rates:
    """Rates 1 to 8."""
    ids: dict[int, str] = {}
    tip = None
    for number in range(1, 9):
        files = {"shared": {"rates.py": f"RATE = {number}\n"}, "trainers": {"step.py": STEP}}
        tip = ids[number] = commit(repo, files, base=tip)
        for note in ("a", "b"):
            tip = commit(repo, {"notes": f"{number}{note}"}, base=tip)
    monkeypatch.chdir(repo.path)
    Path("checks.py").write_text(CHECKS)
    return Rates(repo, ids)


def answer(rates: Rates, **options: object) -> tuple[int | None, BisectReport]:
    """Return the rate of the first bad commit, and the report."""
    report = bisect(NAME, good=rates.ids[1], **options)  # type: ignore[arg-type]
    numbers = {commit_id: number for number, commit_id in rates.ids.items()}
    return numbers.get(report.bisection.first_bad or ""), report


@pytest.mark.quick(every=6)
@pytest.mark.parametrize("function", ["is_good", "asserts", "raises"])
@pytest.mark.parametrize("module", ["checks", "checks.py"])
def test_function_finds_the_commit(rates: Rates, module: str, function: str) -> None:
    """A false result, a failed assertion and an exception are bad; the class itself never changed."""
    number, report = answer(rates, test=f"{module}:{function}")

    assert number == 5
    assert [difference.verdict.value for difference in report.differences] == ["helper"]
    assert report.bisection.trials <= 5


@pytest.mark.slow
def test_each_code_is_tried_once(rates: Rates) -> None:
    """Commits that change other files are not tried, nor the same code again."""
    _, report = answer(rates, test="checks:counts")

    tried = Path("count").read_text().split()
    assert len(tried) == len(set(tried)) == report.bisection.trials
    assert report.bisection.searched == 23


@pytest.mark.quick(every=3)
@pytest.mark.parametrize("jobs", [1, 2, 3])
def test_jobs_change_nothing(rates: Rates, jobs: int) -> None:
    """The commits that are judged are the same ones, however many trials run at the same time."""
    number, report = answer(rates, test="checks:is_good", jobs=jobs)
    _, alone = answer(rates, test="checks:is_good")

    assert number == 5
    assert [one.commit_id for one in report.bisection.tested] == [
        one.commit_id for one in alone.bisection.tested
    ]


@pytest.mark.quick(every=3)
@pytest.mark.parametrize(
    ("function", "reason"),
    [("dies", "killed"), ("hangs", "timed out"), ("needs_memory", "out of memory")],
)
def test_stopped_trial_is_not_bad(rates: Rates, function: str, reason: str) -> None:
    """What a limit or a signal ends cannot be judged; the candidates are told."""
    limits = TrialLimits(seconds=2 if function == "hangs" else 60, megabytes=1000)
    number, report = answer(rates, test=f"checks:{function}", limits=limits)

    assert number is None
    candidates = {candidate.id for candidate in report.candidates}
    assert {rates.ids[4], rates.ids[5]} <= candidates
    assert {one.verdict.reason for one in report.bisection.skipped} == {reason}


@pytest.mark.slow
@needs_landlock
def test_denied_trial_is_not_bad(rates: Rates) -> None:
    """Behind walls, what is denied something cannot be judged."""
    number, report = answer(rates, test="checks:reads", sandbox="auto")

    assert number is None
    assert {one.verdict.reason for one in report.bisection.skipped} == {"denied"}


@pytest.mark.slow
def test_exceptions_that_skip(rates: Rates) -> None:
    """`skip_on` names exceptions that say nothing about the class, by the name of a base class too."""
    number, report = answer(rates, test="checks:skips_some", skip_on=["OSError"])

    assert number is None
    assert {rates.ids[3], rates.ids[4], rates.ids[5], rates.ids[6]} <= {one.id for one in report.candidates}
    assert answer(rates, test="checks:skips_some")[0] == 3


@pytest.mark.slow
def test_command_judges_by_its_exit_code(rates: Rates) -> None:
    """It finds the class by its importable name, its source and its commit."""
    text = (
        "import importlib, os, sys, zenml_pin.at\n"
        "module, _, name = os.environ['ZENML_PIN_NAME'].rpartition('.')\n"
        "assert os.environ['ZENML_PIN_COMMIT'] in os.environ['ZENML_PIN_SOURCE']\n"
        "rate = getattr(importlib.import_module(module), name).rate\n"
        "sys.exit(125 if rate == 2 else 3 if rate > 4 else 0)\n"
    )
    number, report = answer(rates, command=[sys.executable, "-c", text])

    assert number == 5
    assert "exit code 3" in {one.verdict.message for one in report.bisection.tested}


@pytest.mark.slow
def test_without_a_test_a_class_must_load(rates: Rates) -> None:
    """The first commit at which it does not load."""
    broken = commit(
        rates.repo, {"shared": {"rates.py": "import no_such_library\n"}}, base=find_head(rates.repo)
    )
    commit(rates.repo, {"notes": "later"}, base=broken)

    report = bisect(NAME, good=rates.ids[1])

    assert report.bisection.first_bad == broken


@pytest.mark.slow
def test_repeated_trials_decide_by_most_answers(rates: Rates) -> None:
    """One in three trials that goes wrong changes nothing."""
    Path("checks.py").write_text(
        "import os\n"
        "def unsteady(cls):\n"
        "    with open('count', 'a+') as file:\n"
        "        file.write('x'); file.flush()\n"
        "        wrong = file.tell() % 3 == 0\n"
        "    return (cls.rate < 5) != wrong\n"
    )

    number, report = answer(rates, test="checks:unsteady", repeat=3)

    assert number == 5
    assert report.bisection.trials % 3 == 0


@pytest.mark.slow
def test_log_is_replayed_without_trials(rates: Rates, tmp_path: Path) -> None:
    """Also a log that was cut off: what it lacks is tried."""
    log = tmp_path / "log"
    _, report = answer(rates, test="checks:counts", log=str(log))
    Path("count").unlink()

    number, again = answer(rates, test="checks:counts", replay=str(log))
    assert (number, again.bisection.trials) == (5, 0)
    assert again.bisection.tested[-1].verdict.answer == report.bisection.tested[-1].verdict.answer
    assert not Path("count").exists()

    lines = log.read_text().splitlines(keepends=True)
    log.write_text("".join(lines[:4]) + lines[4][:10])
    number, rest = answer(rates, test="checks:counts", replay=str(log))
    assert number == 5
    assert 0 < rest.bisection.trials < report.bisection.trials


@pytest.mark.slow
def test_working_tree_stays(rates: Rates) -> None:
    """Nothing in the repository changes, and today's code does not count."""
    Path("shared/rates.py").write_text("RATE = 0\n")
    before = {path: path.stat().st_mtime_ns for path in Path().rglob("*") if path.is_file()}

    assert answer(rates, test="checks:is_good")[0] == 5
    after = {path: path.stat().st_mtime_ns for path in Path().rglob("*") if path.is_file()}
    assert {path for path in after if "__pycache__" not in str(path)} == set(before)
    assert all(after[path] == time for path, time in before.items())


BAD_INPUT: dict[str, tuple[dict[str, object], type[PinError], str]] = {
    "a good commit that is bad": ({"good": "HEAD~1"}, RevisionError, "is said to be good, and is bad"),
    "a bad commit that is good": ({"bad": "HEAD~15"}, RevisionError, "is said to be bad, and is good"),
    "the same commit": ({"good": "HEAD"}, RevisionError, "good and bad"),
    "the ends exchanged": ({"good": "HEAD", "bad": "HEAD~5"}, RevisionError, "in its history"),
    "an unknown revision": ({"good": "v9"}, RevisionError, "does not name a commit"),
    "no such function": ({"test": "checks:no_such"}, UnsupportedError, "has no function 'no_such'"),
    "no such function in a file": ({"test": "checks.py:no_such"}, UnsupportedError, "has no function"),
    "no such module": ({"test": "no.such:f"}, UnsupportedError, "No module named"),
    "no such file": ({"test": "no.py:f"}, UnsupportedError, "does not exist"),
    "no function at all": ({"test": "checks"}, UnsupportedError, "is not a test"),
    "no such command": ({"test": None, "command": ["/no/such"]}, UnsupportedError, "cannot be started"),
    "two tests": ({"command": ["true"]}, UnsupportedError, "exclude each other"),
    "a metric of a class": ({"test": None, "metric": "m", "minimum": 1.0}, UnsupportedError, "is a class"),
    "a metric without a bound": ({"test": None, "metric": "m"}, UnsupportedError, "--min or --max"),
    "a bound without a metric": ({"minimum": 1.0}, UnsupportedError, "--metric is missing"),
    "no such log": ({"replay": "no.log"}, PinError, "does not exist"),
    "another file as log": ({"replay": "checks.py"}, PinError, "expected a line of JSON"),
    "no trial": ({"repeat": 0}, UnsupportedError, "1 or more"),
}


@pytest.mark.quick(every=6)
@pytest.mark.parametrize(("options", "kind", "message"), BAD_INPUT.values(), ids=BAD_INPUT)
def test_bad_input_is_one_line(
    rates: Rates, options: dict[str, object], kind: type[PinError], message: str
) -> None:
    """It says what is wrong."""
    with pytest.raises(kind) as caught:
        bisect(NAME, **{"good": rates.ids[1], "test": "checks:is_good", **options})  # type: ignore[arg-type]

    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_names_that_do_not_exist(rates: Rates) -> None:
    """Neither a class nor a pipeline has the name."""
    with pytest.raises(UnknownNameError, match="class or pipeline") as caught:
        bisect("trainers.step2.Mine", good=rates.ids[1])

    assert caught.value.hint.startswith("name a class as in trainers.step.MyTrainer")


@pytest.mark.slow
def test_unrelated_commits(rates: Rates) -> None:
    """A good commit without a history in common is refused."""
    alone = commit(
        rates.repo, {"shared": {"rates.py": "RATE = 9\n"}, "trainers": {"step.py": STEP}}, parent=None
    )

    with pytest.raises(RevisionError, match="no history in common"):
        bisect(NAME, good=rates.ids[1], bad=alone, test="checks:is_good")


@pytest.mark.slow
def test_command_line(rates: Rates, capsys: pytest.CaptureFixture[str]) -> None:
    """Text, JSON and HTML name the commit, who made it, and what changed."""
    words = ["bisect", NAME, "--good", rates.ids[1], "--test", "checks:is_good"]

    code, out, _ = run(capsys, *words)
    assert code == 0
    assert out.startswith(f"{rates.ids[5]} is the first bad commit\n")
    assert "Ada Lovelace" in out
    assert "+RATE = 5" in out

    code, out, _ = run(capsys, *words, "--format", "json")
    data = json.loads(out)
    jsonschema.validate(data, schema("bisect"))
    assert (data["outcome"], data["first_bad"]["commit_id"]) == ("found", rates.ids[5])
    assert data["differences"][0]["verdict"] == "helper"

    code, out, _ = run(capsys, *words, "--format", "html")
    page = Seen(out)
    assert rates.ids[5] in page.text
    assert "Tested commits" in page.text

    code, out, err = run(capsys, "bisect", NAME, "--good", "HEAD", "--test", "checks:is_good")
    assert (code, out) == (2, "")
    assert err.startswith("error: ")


@pytest.mark.slow
def test_command_line_lists_candidates(rates: Rates, capsys: pytest.CaptureFixture[str]) -> None:
    """A search that ends in commits that cannot be judged exits with 2."""
    words = ["bisect", NAME, "--good", rates.ids[1], "--test", "checks:skips_some", "--skip-on", "OSError"]

    code, out, _ = run(capsys, *words)

    assert code == 2
    assert "may be any of" in out
    assert rates.ids[5] in out


@pytest.mark.slow
def test_command_without_git(rates: Rates) -> None:
    """The command works without git, in a process of its own: trials are then forks of it."""
    words = [sys.executable, "-m", "zenml_pin", "bisect", NAME, "--good", rates.ids[1]]

    found = subprocess.run(
        [*words, "--test", "checks:is_good"], capture_output=True, text=True, env={"PATH": ""}
    )
    bad = subprocess.run([*words, "--", "/bin/false"], capture_output=True, text=True, env={"PATH": ""})

    assert found.stdout.startswith(rates.ids[5])
    assert (found.stderr, found.returncode) == ("", 0)
    assert bad.returncode == 2
    assert bad.stderr.startswith(
        f"error: revision '{rates.ids[1]}' is said to be good, and is bad: exit code 1"
    )


@pytest.mark.slow
@pytest.mark.git
def test_agrees_with_git_on_whole_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`bisect` and `git bisect run` name the same commits, with real trials."""
    for seed in (1, 4, 12):
        history = make_history(tmp_path / str(seed), seed)
        monkeypatch.chdir(history.path)
        Path("checks.py").write_text("def ends(cls): raise SystemExit(cls.code)\n")
        kind, names = history.bisect()
        if kind == "undone":
            continue
        report = bisect(
            "step.Mine",
            good=history.goods,
            bad=history.bad,
            test="checks.py:ends",
            first_parent=history.first_parent,
        )
        assert {commit.id for commit in report.candidates} == names
