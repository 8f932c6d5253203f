"""Judging: whether a pinned class is good or bad, as a tester says it in a trial; or why that cannot be known.

    tester = function_tester("checks.py", "is_good")
    judgement = judge_source(source, repository, tester, TrialLimits(), mode="auto")
    judgement.answer       "good", "bad" or "unknown"
    judgement.reason          for "unknown": "denied", "killed", "timed out", "out of memory", "not loaded" or "skipped"

A denial never makes a class bad: if a wall denied something to the class or to the tester, the judgement is unknown.
Probes of libraries do not count. The class can forge its judgement, as everything that it says.
"""

from __future__ import annotations

import os
from typing import Any

import attrs

from zenml_pin.base.files import read_regular
from zenml_pin.base.limits import DEFAULT_LIMITS
from zenml_pin.base.text import printable
from zenml_pin.errors import UnsupportedError
from zenml_pin.isolation.outcomes import FAILED, LOADED, LONGEST_MESSAGE, MEMORY, OUT_OF_MEMORY
from zenml_pin.isolation.sandboxed import try_source
from zenml_pin.isolation.tester import BAD, GOOD, SKIPPED

TYPE_CHECKING = False
if TYPE_CHECKING:
    import threading
    from collections.abc import Sequence

    from zenml_pin.git.any_repository import AnyRepository
    from zenml_pin.isolation.limits import TrialLimits
    from zenml_pin.isolation.trial import Trial
    from zenml_pin.source import Source

UNKNOWN = "unknown"
DENIED, NOT_LOADED = "denied", "not loaded"


@attrs.frozen
class Judgement:
    """A judgement on a class.

    Attributes:
        answer: "good", "bad" or "unknown".
        reason: Why it is unknown, in a word or two; else empty.
        message: The same in one line, or what the tester raised.
        trial: The trial: its events, its output, its walls.
    """

    answer: str
    reason: str
    message: str
    trial: Trial

    def to_dict(self) -> dict[str, Any]:
        """Return the judgement as plain data of limited size."""
        trial = self.trial
        return {
            "answer": self.answer,
            "reason": self.reason,
            "message": self.message,
            "seconds": trial.seconds,
            "printed": trial.printed,
            "events": [event.to_dict() for event in trial.events],
            "walls": trial.walls.to_dict() if trial.walls is not None else None,
        }


def function_tester(path: str, name: str) -> dict[str, Any]:
    """Return the tester that calls a function of a Python file with the class. The trial gets the text, not the file.

    Raises:
        UnsupportedError: There is no such regular file.
    """
    return {"text": _read(path), "file": os.path.abspath(path), "function": name}


def command_tester(words: Sequence[str]) -> dict[str, Any]:
    """Return the tester that runs a command of Python: `python FILE ...`, `python -c TEXT ...`, `python -m MODULE ...`.

    It runs in the process of the trial; `zenml_pin.load(os.environ["ZENML_PIN_SOURCE"])` returns the class.

    Raises:
        UnsupportedError: It is not such a command, or there is no such regular file.
    """
    padded = [*words, "", "", ""]
    program, rest = padded[0], padded[1:]
    name = os.path.basename(program)
    if not name.startswith("python") or not rest[0] or (rest[0] in ("-c", "-m") and not rest[1]):
        raise UnsupportedError(
            f"the sandbox cannot judge by the command '{printable(' '.join(words))}'",
            "use 'python FILE', 'python -c TEXT' or 'python -m MODULE', or --sandbox=off",
        )
    given = list(words[1:])
    if given[0] == "-m":
        return {"module": given[1], "arguments": given[2:]}
    if given[0] == "-c":
        return {"text": given[1], "file": "-c", "arguments": given[2:]}
    if given[0].startswith("-"):
        raise UnsupportedError(
            f"the sandbox cannot judge by Python's option '{printable(given[0])}'",
            "use no option but -c and -m",
        )
    return {"text": _read(given[0]), "file": os.path.abspath(given[0]), "arguments": given[1:]}


def judge_source(
    source: Source,
    repository: AnyRepository,
    tester: dict[str, Any] | None,
    limits: TrialLimits,
    *,
    mode: str,
    env_pass: tuple[str, ...] = (),
    stop: threading.Event | None = None,
) -> Judgement:
    """Load a class in a sandbox, let a tester judge it there, and return the judgement.

    Args:
        source: The source, pinned to a commit.
        repository: The repository with its commit.
        tester: As `function_tester` or `command_tester` returns it; None only looks whether the class loads.
        limits: Time and memory, for the load and the tester together.
        mode: "auto" or "require".
        env_pass: Names of environment variables that the code gets.
        stop: Ends the trial when it is set.

    Raises:
        UnsupportedError: The mode is not known, or a wall is required and missing.
    """
    trial = try_source(
        source, repository, limits, mode=mode, wants_facts=True, env_pass=env_pass, stop=stop, tester=tester
    )
    if trial.stopped_by:
        return Judgement(UNKNOWN, trial.stopped_by, trial.message, trial)
    alarms = trial.alarms
    if alarms:
        more = f", and {len(alarms) - 1} more" if len(alarms) > 1 else ""
        return Judgement(
            UNKNOWN, DENIED, f"the sandbox denied {alarms[0].text}{more}"[:LONGEST_MESSAGE], trial
        )
    if tester is None:
        answers = {LOADED: GOOD, FAILED: BAD}
        return Judgement(answers.get(trial.outcome, UNKNOWN), "", trial.message, trial)
    if trial.outcome != LOADED:
        return Judgement(UNKNOWN, NOT_LOADED, trial.message, trial)
    answer = trial.tested.get("answer")
    message = printable(str(trial.tested.get("message", "")))[:LONGEST_MESSAGE]
    if answer == OUT_OF_MEMORY:
        return Judgement(UNKNOWN, MEMORY, f"it needed more than {limits.megabytes} MB of memory", trial)
    if answer in (GOOD, BAD):
        return Judgement(answer, "", message, trial)
    return Judgement(UNKNOWN, SKIPPED, message, trial)


def _read(path: str) -> str:
    try:
        data = read_regular(path, DEFAULT_LIMITS.source)
    except (OSError, OverflowError) as error:
        raise UnsupportedError(f"the test '{path}' cannot be read: {error}", "name a Python file") from error
    if data is None:
        raise UnsupportedError(
            f"the test '{path}' does not exist, or is not a regular file", "name a Python file"
        )
    return data.decode("utf-8", "surrogateescape")
