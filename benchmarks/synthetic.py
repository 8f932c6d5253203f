"""A synthetic history that breaks rules of every kind, and the list of the findings that an audit must report.

    history = build(folder, seed=1)
    history.findings      {(path, line, rule id)}

The list comes from the plan alone; the audit is not used to make it.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.writer import Folder, Writer
from tests.support.repositories import Repo, checkout, init, put_commit, set_head, set_ref, write

RELEASE = "zenml_0.1.0"
# A source's text, and the rules that it breaks.
Source = tuple[str, frozenset[str]]
_HELPERS = [
    f"def helper_{n}(rows, rate={n}):\n    return [row * rate + {n} for row in rows if row % {n + 1}]\n\n\n"
    for n in range(60)
]
_SPECIAL = {
    "special/__init__.py": "",
    "special/shared.py": "VALUE = 1\n",
    "special/up/__init__.py": "",
    "special/up/step.py": "from ..shared import VALUE\n\n\nclass Up:\n    value = VALUE\n",
    "special/old/step.py": "class Old:\n    def run(self):\n        print 'python 2'\n",
    "special/large/step.py": "version https://git-lfs.github.com/spec/v1\noid sha256:"
    + "0" * 64
    + "\nsize 9\n",
    "special/dirty/step.py": "class Dirty:\n    pass\n",
    "special/made/step.py": "globals()['Made'] = type('Made', (), {})\n",
    "alone.py": "class Alone:\n    pass\n",
}
_BROKEN = {
    "binary": bytes(range(256)) * 20,
    "huge": b"# " + b"x" * (2**20 + 1),
    "deep": b"[" * 100_000,
    "no-yaml": b"steps: {training: [\n",
    "twice": b"version: '1'\nversion: '1'\n",
}
# The line of the finding in each broken document.
_BROKEN_LINES = {"binary": 3, "huge": 0, "deep": 1, "no-yaml": 2, "twice": 2}


@dataclass
class History:
    """A history and the facts that an audit must report.

    Attributes:
        repo: The repository, checked out, with one folder changed.
        findings: (path, line, rule id) of each finding of the current documents; lines from 1, 0 for none.
        facts: For each good pin: how many commits it is behind HEAD, and whether its folder is the same there.
        versions: (path, commit id) of each version of a document and the commit that added it.
        modules: (commit id, folder, path) of each good pin.
    """

    repo: Repo
    findings: set[tuple[str, int, str]] = field(default_factory=set)
    facts: dict[str, tuple[int, bool]] = field(default_factory=dict)
    versions: set[tuple[str, str]] = field(default_factory=set)
    modules: list[tuple[str, str, str]] = field(default_factory=list)


def build(
    folder: Path,
    *,
    seed: int = 1,
    commits: int = 2000,
    documents: int = 300,
    pins: int = 1000,
    modules: int = 500,
    files: int = 5000,
    helpers: int = 60,
) -> History:
    """Make a history.

    Args:
        folder: Where to make its repository.
        seed: The seed of all random choices.
        commits: Commits on the main branch.
        documents: Documents at its end.
        pins: Distinct pins without a finding.
        modules: Folders with a module.
        files: Files at the end, about.
        helpers: Functions of 95 bytes in each module, beside its class.
    """
    body = "".join(_HELPERS[:helpers])
    plan = _Plan(init(folder), random.Random(seed), commits, documents, pins, modules, body)
    plan.start(files)
    for index in range(1, commits):
        plan.step(index)
    return plan.finish()


class _Plan:
    def __init__(
        self, repo: Repo, rng: random.Random, commits: int, documents: int, pins: int, modules: int, body: str
    ) -> None:
        self._body = body
        self._writer = Writer(repo)
        self._rng = rng
        self._root = Folder()
        self._history = History(repo)
        self._commits, self._documents, self._pins, self._modules = commits, documents, pins, modules
        self._ids: list[str] = []
        self._lost: dict[str, int] = {}
        # For each module, its states: from which commit on, the version, and the name of its class.
        self._states: dict[int, list[tuple[int, int, str]]] = {}
        self._good: dict[str, tuple[int, int]] = {}
        self._texts: dict[str, list[Source]] = {}
        self._due = sorted(rng.randrange(commits // 10 + 1, commits - 1) for _ in range(documents))
        # Some documents are deleted later, some are written twice.
        self._gone = {f"pipelines/gone{n}.yaml": (commits // 3 + n, commits // 2 + n) for n in range(3)}
        self._many = range(commits // 4, commits // 3)

    def start(self, files: int) -> None:
        """Commit the first tree."""
        for path, text in _SPECIAL.items():
            self._put(path, text)
        self._put("requirements.txt", "packaging\n")
        for module in range(self._modules):
            # Every tenth is added later.
            if module % 10 != 9:
                self._write_module(module, 0, 1, f"Step{module:03}")
        for number in range(max(0, files - 2 * self._modules)):
            self._put(f"assets/d{number // 100:02}/f{number % 100:02}.txt", f"{number}\n" * 5)
        self._commit(0)

    def step(self, index: int) -> None:
        """Commit one change."""
        for path, (born, dead) in self._gone.items():
            if index == born:
                self._write_document(path, [self._good_source(index)], index)
            elif index == dead:
                self._root.put(path, None)
        if index in (self._many.start, self._many.stop):
            self._put("requirements.txt", "packaging<1\n" if index == self._many.start else "packaging\n")
        self._change_module(index)
        written = []
        while self._due and self._due[0] == index:
            self._due.pop(0)
            path = f"pipelines/p{len(self._texts):03}.yaml"
            written.append((path, self._sources(index)))
            self._write_document(*written[-1], index)
        self._commit(index)
        self._history.versions |= {(path, self._ids[index]) for path, _ in written}
        self._history.versions |= {
            (path, self._ids[index]) for path, (born, _) in self._gone.items() if born == index
        }
        if index % (self._commits // 20) == 0:
            # No branch leads to this commit.
            self._lost[self._writer.commit(self._root, self._ids[index], index + 1, "lost\n")] = index

    def finish(self) -> History:
        """Commit the broken documents, check out HEAD, and write down the findings that an audit must report."""
        for name, data in _BROKEN.items():
            path = f"pipelines/broken-{name}.yaml"
            self._root.put(path, self._writer.put("blob", data))
            self._history.findings.add((path, _BROKEN_LINES[name], "ZP009"))
        for path in ("pipelines/same-a.yaml", "pipelines/same-b.yaml"):
            self._write_document(path, [self._good_source(self._commits - 1)], self._commits - 1, name="same")
            self._history.findings.add((path, 1, "ZP017"))
        self._commit(self._commits)
        repo, head = self._history.repo, self._ids[-1]
        broken = {f"pipelines/broken-{name}.yaml" for name in _BROKEN}
        same = {"pipelines/same-a.yaml", "pipelines/same-b.yaml"}
        self._history.versions |= {(path, head) for path in {*broken, *same}}
        self._writer.close()
        set_head(repo, head)
        set_ref(repo, "refs/tags/v1", self._ids[len(self._ids) // 2])
        checkout(repo, head)
        damaged = put_commit(repo, "d" * 40, [], "its tree is nowhere\n")
        text = _document("damaged", [(f"pkg0.mod000.step.Step000@{damaged}", frozenset({"ZP016", "ZP010"}))])
        write(repo, {"special": {"dirty": {"step.py": "class Dirty:\n    changed = True\n"}}})
        write(repo, {"pipelines": {"damaged.yaml": text}})
        self._texts["pipelines/damaged.yaml"] = [("", frozenset({"ZP016", "ZP010"}))]
        self._write_down()
        return self._history

    def _write_down(self) -> None:
        last = len(self._ids) - 1
        for path, sources in self._texts.items():
            if path not in self._gone:
                self._history.findings |= {
                    (path, _line(position), rule)
                    for position, (_, rules) in enumerate(sources)
                    for rule in rules
                }
        for text, (index, module) in self._good.items():
            same = self._state(module, index)[1:] == self._state(module, last)[1:]
            self._history.facts[text] = last - index, same
            folder = _folder(module)
            self._history.modules.append((self._ids[index], folder, f"{folder}/step.py"))

    # Modules

    def _write_module(self, module: int, index: int, version: int, name: str) -> None:
        self._put(f"{_folder(module)}/__init__.py", "")
        self._put(
            f"{_folder(module)}/step.py",
            f"{self._body}class {name}:\n    epochs = {version}\n    n = {module}\n",
        )
        self._states.setdefault(module, []).append((index, version, name))

    def _change_module(self, index: int) -> None:
        module = self._rng.randrange(self._modules)
        states = self._states.get(module)
        if states is None:
            self._write_module(module, index, 1, f"Step{module:03}")
            return
        _, version, name = states[-1]
        # Every fifth module's class has another name from its third version on.
        if module % 5 == 0 and version == 2:
            name = f"Stage{module:03}"
        self._write_module(module, index, version + 1, name)

    def _state(self, module: int, index: int) -> tuple[int, int, str]:
        return max(state for state in self._states[module] if state[0] <= index)

    # Sources

    def _sources(self, index: int) -> list[Source]:
        kinds = [self._bad_source(index)] if self._rng.random() < 0.3 else []
        wanted = -(-self._pins // self._documents) + self._rng.randrange(2)
        return [*(self._good_source(index) for _ in range(wanted)), *kinds]

    def _good_source(self, index: int) -> Source:
        # Pipelines use a fifth of the modules, some of them often.
        while True:
            commit, module = self._rng.randrange(index), self._rng.randrange(0, self._modules, 5) + 1
            states = self._states.get(module, [(index, 0, "")])
            if module % 10 != 9 and states[0][0] <= commit:
                break
        if len(self._good) >= self._pins:
            text = self._rng.choice(
                sorted(text for text, (at, _) in self._good.items() if at < index) or [""]
            )
            if text:
                return text, self._of_commit(self._good[text][0])
        name = self._state(module, commit)[2]
        text = f"{_folder(module).replace('/', '.')}.step.{name}@{self._ids[commit]}"
        self._good[text] = commit, module
        return text, self._of_commit(commit)

    def _of_commit(self, index: int) -> frozenset[str]:
        return frozenset({"ZP015"}) if index in self._many else frozenset()

    def _bad_source(self, index: int) -> Source:
        commit = self._rng.choice([at for at in range(index) if at not in self._many])
        pin = self._ids[commit]
        lost = [name for name, at in self._lost.items() if at not in self._many]
        choices: list[tuple[str, set[str]]] = [
            (f"{_dotted(1)}.Step001", {"ZP001"}),
            (f"special.dirty.step.Dirty@{pin}", {"ZP002"}),
            ("special.dirty.step.Dirty", {"ZP001", "ZP002"}),
            (f"{_dotted(1)}.Step001@{self._rng.randbytes(20).hex()}", {"ZP003"}),
            (f"pkg0.nothing.step.Nothing@{pin}", {"ZP004"}),
            (f"{_dotted(1)}.Nothing@{pin}", {"ZP005"}),
            (f"special.up.step.Up@{pin}", {"ZP006"}),
            (f"{_dotted(1)}.Step001@{pin[:8]}", {"ZP007"}),
            (f"{_dotted(1)}.Step001@main", {"ZP007"}),
            ("zenml_pin.steps.RandomSplit@zenml_0.0.9", {"ZP008"}),
            (f"zenml_pin.steps.NoSuchSplit@{RELEASE}", {"ZP008"}),
            (f"alone.Alone@{pin}", {"ZP011"}),
            (f"special.old.step.Old@{pin}", {"ZP012"}),
            (f"special.large.step.Large@{pin}", {"ZP012"}),
            ("json.JSONDecoder", {"ZP018"}),
            (f"special.made.step.Made@{pin}", {"ZP022"}),
            *([(f"alone.Nothing@{name}", {"ZP005", "ZP010", "ZP011"}) for name in lost[-1:]]),
            *self._other_names(index),
        ]
        # Each kind in turn, so that every kind occurs.
        self._turn = getattr(self, "_turn", -1) + 1
        text, rules = choices[self._turn % len(choices)]
        return text, frozenset(rules)

    def _other_names(self, index: int) -> list[tuple[str, set[str]]]:
        """Return pins of classes before they had their name, and of modules before they existed."""
        sources = []
        for module, states in self._states.items():
            first, last = states[0], states[-1]
            if last[2] != first[2] and last[0] not in self._many and last[0] < index:
                sources.append((f"{_dotted(module)}.{first[2]}@{self._ids[last[0]]}", {"ZP005"}))
            if first[0] and first[0] < index and first[0] - 1 not in self._many:
                sources.append((f"{_dotted(module)}.{first[2]}@{self._ids[first[0] - 1]}", {"ZP004"}))
        return sources[-2:]

    # Writing

    def _write_document(self, path: str, sources: list[Source], index: int, name: str = "") -> None:
        self._texts[path] = sources
        self._put(path, _document(name or path.split("/")[1], sources))

    def _put(self, path: str, text: str) -> None:
        self._root.put(path, self._writer.put("blob", text.encode()))

    def _commit(self, index: int) -> None:
        parent = self._ids[-1] if self._ids else None
        self._ids.append(self._writer.commit(self._root, parent, index))


def _folder(module: int) -> str:
    return f"pkg{module % 10}/mod{module:03}"


def _dotted(module: int) -> str:
    return f"{_folder(module).replace('/', '.')}.step"


# As runs write them.
_HEAD = """\
version: '1'
pipeline:
  name: {}
  type: training
  source: zenml_pin.pipelines.TrainingPipeline@{}
  args: {{}}
datasource:
  id: 6f0d6f0a-4a2b-4c3d-8e9f-000000000000
  name: Pima Indians Diabetes
  source: zenml_pin.datasources.CSVDatasource@{}
  args:
    path: data/diabetes.csv
environment:
  backends:
    orchestrator:
      source: zenml_pin.backends.LocalBackend@{}
      args: {{}}
steps:
"""
_STEP = """\
  step{}:
    source: {}
    args:
      epochs: 20
      last_activation: sigmoid
      loss: binary_crossentropy
      metrics:
      - accuracy
      output_units: 1
"""


def _document(name: str, sources: list[Source]) -> str:
    steps = [_STEP.format(position, text) for position, (text, _) in enumerate(sources)]
    return _HEAD.format(name, RELEASE, RELEASE, RELEASE) + "".join(steps)


def _line(position: int) -> int:
    """Return the line of a step's source."""
    return _HEAD.count("\n") + _STEP.count("\n") * position + 2
