"""`python -m benchmarks.startup`: what the commands cost that hooks and prompts call, as whole processes.

    python -m benchmarks.startup               nine rounds
    python -m benchmarks.startup --quick       one round: checks that it runs

Prints ratios of CPU time to `python -c pass`, medians of the rounds; in each round the ways take turns. The workspace
has a class, a document and one recorded run; once its objects are loose, once in a pack. Exits with 1 if a bar is
missed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.ratios import spread
from tests.support.repositories import Repo, commit, init, pack

FILES = {
    "trainers": {
        "__init__.py": "",
        "step.py": (
            "from trainers.helper import STEP\nfrom zenml_pin.steps import BaseTrainerStep\n\n\n"
            "class Mine(BaseTrainerStep):\n    def run_fn(self, splits):\n        return {'step': STEP}\n"
        ),
        "helper.py": "STEP = 1\n",
    }
}
RECORD = """
import zenml_pin
from zenml_pin.datasources import MemoryDatasource
from zenml_pin.pipelines import TrainingPipeline
from zenml_pin.steps import RandomSplit
from zenml_pin.workspace.config import init_workspace

init_workspace(".")
data = MemoryDatasource([{"x": 1, "y": 2}])
trainer = zenml_pin.load(zenml_pin.pin("trainers.step.Mine"))
pipeline = TrainingPipeline(name="first").add_datasource(data).add_split(RandomSplit({"train": 1.0}))
pipeline.add_trainer(trainer()).run()
"""
ZENML_PIN = ("-m", "zenml_pin")
STATUS = (*ZENML_PIN, "status", "trainers.step.Mine")
STATUS_OF_FOLDER = (*ZENML_PIN, "status", "trainers")
# What runs where; the greatest ratio. `check` of nothing is one of a workspace without documents.
WAYS = {
    "--version": ("loose", (*ZENML_PIN, "--version"), 1.5),
    "status of a folder": ("loose", STATUS_OF_FOLDER, 2.2),
    "status of a folder, packed": ("packed", STATUS_OF_FOLDER, 3.0),
    "status of a class": ("loose", STATUS, 2.2),
    "status of a class, packed": ("packed", STATUS, 3.0),
    "check of nothing": ("empty", (*ZENML_PIN, "check"), 4.5),
    "check of nothing, packed": ("empty packed", (*ZENML_PIN, "check"), 5.5),
    "runs": ("loose", (*ZENML_PIN, "runs"), 3.5),
    "pipelines": ("loose", (*ZENML_PIN, "pipelines"), 3.5),
}
BASE = "python -c pass"


def cpu_seconds(arguments: tuple[str, ...], folder: Path) -> float:
    """Run Python with arguments in a folder; return the processor's time that it took."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith("ZENML_PIN")}
    # Bytecode is warm, as where a package is installed, and nothing is written beside the sources.
    variables.update(PYTHONDONTWRITEBYTECODE="", PYTHONPYCACHEPREFIX=str(folder.parent / "bytecode"))
    process = subprocess.Popen(
        [sys.executable, *arguments], cwd=folder, env=variables, stdout=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode in (0, 1), arguments
    return usage.ru_utime + usage.ru_stime


def build(root: Path) -> None:
    """Make a workspace for each kind of way."""
    for name in ("loose", "packed", "empty", "empty packed"):
        repo = make_workspace(root / name, has_run="empty" not in name)
        if "packed" in name:
            pack(repo)


def make_workspace(folder: Path, has_run: bool) -> Repo:
    """Make a workspace with a class, and with a recorded run and its document."""
    repo = init(folder)
    commit(repo, FILES)
    if has_run:
        subprocess.run([sys.executable, "-c", RECORD], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    else:
        subprocess.run(
            [sys.executable, *ZENML_PIN, "-q", "init"], cwd=folder, check=True, stdout=subprocess.DEVNULL
        )
    return repo


def measure(root: Path, rounds: int) -> dict[str, list[float]]:
    """Return the ratios of each way by round. The round before the first one fills the caches."""
    ratios: dict[str, list[float]] = {name: [] for name in WAYS}
    for number in range(-1, rounds):
        base = cpu_seconds(("-c", "pass"), root / "empty")
        for name, (folder, arguments, _) in WAYS.items():
            ratio = cpu_seconds(arguments, root / folder) / base
            if number >= 0:
                ratios[name].append(ratio)
    return ratios


def main(arguments: list[str] | None = None) -> int:
    """Print the ratios; return 1 if a bar is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.startup")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--quick", action="store_true", help="one round, and no bars")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        build(Path(folder))
        ratios = measure(Path(folder), 1 if options.quick else options.rounds)
    missed = False
    for name, values in ratios.items():
        found, most = spread(values), WAYS[name][2]
        is_missed = not options.quick and found.median > most
        missed = missed or is_missed
        word = "" if options.quick else f"at most {most}: {'MISSED' if is_missed else 'ok'}"
        print(f"{name:26} / {BASE}  {found}  {found.rounds} rounds  {word}".rstrip())
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
