"""Random histories for bisection: merges, criss-crosses, commits that cannot be judged; git writes and bisects them."""

from __future__ import annotations

import random
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

# By verdict: the exit code for `git bisect run`.
EXIT_CODES = {"good": 0, "bad": 1, "unknown": 125}


@dataclass(frozen=True)
class RandomHistory:
    """A history in a repository.

    Attributes:
        path: The repository.
        ids: The commits, oldest first.
        verdicts: The verdict on each.
        goods, bad: Where the search begins.
        first_parent: Whether only first parents count.
    """

    path: Path
    ids: list[str]
    verdicts: dict[str, str]
    goods: list[str]
    bad: str
    first_parent: bool

    def git(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run git in the repository."""
        return subprocess.run(["git", *arguments], cwd=self.path, capture_output=True, text=True)

    def bisect(self) -> tuple[str, set[str]]:
        """Let git bisect; return how that ended, and the commits that it names."""
        options = ["--first-parent"] if self.first_parent else []
        started = self.git("bisect", "start", *options, self.bad, *self.goods)
        if started.returncode:
            self.git("bisect", "reset")
            return "refused", set()
        done = self.git("bisect", "run", "sh", "-c", "exit $(cat verdict)")
        self.git("bisect", "reset")
        text = done.stdout + done.stderr
        first = re.search(r"^([0-9a-f]{40}) is the first '?bad'? commit", text, re.MULTILINE)
        if first is not None:
            return "found", {first[1]}
        if "any of:" in text:
            rest = text.partition("any of:\n")[2].partition("We cannot")[0]
            return "left", set(re.findall(r"^[0-9a-f]{40}$", rest, re.MULTILINE))
        base = re.search(r"The merge base ([0-9a-f]{40}) is '?bad", text)
        if base is not None:
            return "undone", {base[1]}
        raise AssertionError(text)


def make_history(folder: Path, seed: int) -> RandomHistory:
    """Make a history of up to 60 commits with git."""
    rng = random.Random(seed)
    count = rng.randrange(3, 60)
    parents = _random_parents(rng, count)
    times = _random_times(rng, count)
    verdicts = _random_verdicts(rng, parents)
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    done = subprocess.run(
        ["git", "-C", str(folder), "fast-import", "--quiet", "--export-marks=marks"],
        input=_stream(parents, times, verdicts).encode(),
        check=True,
    )
    assert done.returncode == 0
    marks = dict(line.split() for line in (folder / "marks").read_text().splitlines())
    ids = [marks[f":{number + 1}"] for number in range(count)]
    subprocess.run(["git", "-C", str(folder), "checkout", "-q", ids[-1]], check=True)
    bad, goods = _ends(rng, parents, verdicts)
    named = dict(zip(ids, verdicts, strict=True))
    return RandomHistory(folder, ids, named, [ids[good] for good in goods], ids[bad], rng.random() < 0.2)


def _random_parents(rng: random.Random, count: int) -> list[list[int]]:
    merges = rng.choice([0.0, 0.2, 0.5])
    parents: list[list[int]] = [[]]
    for number in range(1, count):
        span = min(number, rng.choice([1, 1, 2, 4, 8]))
        wanted = 1 + (rng.random() < merges) + (rng.random() < merges / 5)
        recent = list(range(number - span, number))
        parents.append(rng.sample(recent, min(wanted, len(recent))))
    return parents


def _random_times(rng: random.Random, count: int) -> list[int]:
    step = rng.choice([0, 1, 60])
    return [1610366400 + number * step for number in range(count)]


def _random_verdicts(rng: random.Random, parents: list[list[int]]) -> list[str]:
    """Return verdicts: what is bad stays bad in half of the histories; in the others it comes and goes."""
    stays = rng.random() < 0.5
    breaks, skips = rng.choice([0.05, 0.2]), rng.choice([0.0, 0.0, 0.1, 0.4])
    state: list[bool] = []
    verdicts = []
    for above in parents:
        inherited = any(state[parent] for parent in above)
        state.append(inherited or rng.random() < breaks if stays else rng.random() < 0.5)
        verdicts.append("unknown" if rng.random() < skips else "bad" if state[-1] else "good")
    verdicts[0], verdicts[-1] = "good", "bad"
    return verdicts


def _ends(rng: random.Random, parents: list[list[int]], verdicts: list[str]) -> tuple[int, list[int]]:
    bad = len(parents) - 1
    good = [number for number, verdict in enumerate(verdicts) if verdict == "good"]
    goods = rng.sample(good, min(len(good), rng.choice([1, 1, 2, 3]))) if rng.random() < 0.7 else [0]
    return bad, goods


def _stream(parents: list[list[int]], times: list[int], verdicts: list[str]) -> str:
    lines: list[str] = []
    for number, (above, time, verdict) in enumerate(zip(parents, times, verdicts, strict=True)):
        lines += ["reset refs/heads/main"] if not above else []
        lines += ["commit refs/heads/main", f"mark :{number + 1}", f"committer A <a@b.c> {time} +0000"]
        lines += [f"data {len(str(number))}", str(number)]
        lines += [f"{'merge' if index else 'from'} :{parent + 1}" for index, parent in enumerate(above)]
        code = str(EXIT_CODES[verdict])
        lines += ["M 644 inline verdict", f"data {len(code)}", code, "M 644 inline number"]
        lines += [f"data {len(str(number))}", str(number)]
        step = f"class Mine:\n    number = {number}\n    code = {code}\n"
        lines += ["M 644 inline step.py", f"data {len(step)}", step, ""]
    return "\n".join(lines) + "\n"
