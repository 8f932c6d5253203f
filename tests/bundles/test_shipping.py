"""ship: an object of pinned classes travels with its code as bytes, and opens where no repository is."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from concurrent.futures import Executor, ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

import zenml_pin
from tests.support.repositories import Repo, commit, write
from zenml_pin.bundles.pickled_names import modules_in
from zenml_pin.bundles.shipping import Shipped
from zenml_pin.errors import BundleError, PinError, ShippedError

FILES = {
    "steps": {
        "__init__.py": "",
        "made.py": """from steps.helper import FACTOR


class Mine(Exception):
    pass


class Awkward(Exception):
    def __init__(self, *, reason):
        super().__init__(reason)


class Made:
    def __init__(self, value):
        self.value = value

    def times(self, other):
        return self.value * FACTOR * other

    def fail(self):
        raise Mine("mine")

    def fail_awkwardly(self):
        raise Awkward(reason="why")

    def fail_from(self):
        raise Mine("mine") from ValueError("the reason")

    def leave(self):
        raise SystemExit("left")


def make(value):
    return Made(value)
""",
        "helper.py": "FACTOR = 10\n",
    }
}


@pytest.fixture
def commit_id(repo: Repo) -> str:
    """The commit whose factor is 10; in the working tree it is 99."""
    commit_id = commit(repo, FILES)
    write(repo, {"steps": {"helper.py": "FACTOR = 99\n"}})
    return commit_id


@pytest.fixture
def made(repo: Repo, commit_id: str) -> Any:
    """The pinned module."""
    return zenml_pin.import_module("steps.made", commit_id, repo=repo.path)


def elsewhere(shipped: Shipped, folder: Path, script: str) -> Any:
    """Run a script with `shipped` in a fresh process in a folder without repository; return what it says, from JSON."""
    (folder / "shipped").write_bytes(pickle.dumps(shipped))
    text = (
        "import json, pickle, sys\n"
        "before = sorted(sys.path), len(sys.meta_path), len(sys.path_hooks)\n"
        "with open('shipped', 'rb') as file:\n    shipped = pickle.load(file)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", text + script], cwd=folder, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_instance_opens_where_no_repository_is(made: Any, tmp_path: Path) -> None:
    """Its class comes from the commit, helper included; one small message holds all of it."""
    shipped = zenml_pin.ship(made.Made(3))
    folder = tmp_path / "empty"
    folder.mkdir()

    answer = elsewhere(
        shipped, folder, "held = shipped.open(); print(json.dumps([held.times(2), type(held).__module__]))"
    )

    assert answer == [60, made.__name__]
    assert len(shipped) < 1500


def test_worker_is_clean_afterwards(made: Any, tmp_path: Path) -> None:
    """P2 there: no plain first-party name, no changed path, nothing written; only our own finder and hook."""
    folder = tmp_path / "empty"
    folder.mkdir()

    answer = elsewhere(
        zenml_pin.ship(made.Made(3)),
        folder,
        "shipped.open().times(2)\n"
        "after = sorted(sys.path), len(sys.meta_path) - 1, len(sys.path_hooks) - 1\n"
        "import os\n"
        "print(json.dumps([before == after, 'steps' in sys.modules, sorted(os.listdir())]))",
    )

    assert answer == [True, False, ["shipped"]]


def test_shipped_is_called_like_what_it_holds(made: Any) -> None:
    """Classes, functions, bound methods, and calls with arguments that are shipped as well."""
    assert zenml_pin.ship(made.Made)(4).value == 4
    assert zenml_pin.ship(made.make)(value=5).times(1) == 50
    assert zenml_pin.ship(made.Made(2).times)(3) == 60
    assert zenml_pin.ship(made.Made.times, made.Made(2))(3) == 60
    assert zenml_pin.ship({"held": [made.Made(1)]}).open()["held"][0].value == 1


def test_two_versions_travel_together(repo: Repo, made: Any) -> None:
    """What holds objects of two commits brings the code of both."""
    second = commit(repo, {"steps": {**FILES["steps"], "helper.py": "FACTOR = 20\n"}})
    other = zenml_pin.import_module("steps.made", second, repo=repo.path)

    first, later = zenml_pin.ship([made.Made(1), other.Made(1)]).open()

    assert (first.times(1), later.times(1)) == (10, 20)


def test_pickles_inside_bring_their_code(made: Any, tmp_path: Path) -> None:
    """A stored input is a pickle in the arguments: its classes' code goes along, whatever the way it is named."""
    folder = tmp_path / "empty"
    folder.mkdir()
    inner = [pickle.dumps(made.Made(3), protocol=protocol) for protocol in (0, 2, 4, 5)]

    answer = elsewhere(
        zenml_pin.ship(list, inner),
        folder,
        "print(json.dumps([pickle.loads(data).times(1) for data in shipped()]))",
    )

    assert answer == [30] * 4


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4, 5])
def test_what_stands_before_a_name_hides_it_from_nobody(made: Any, protocol: int) -> None:
    """The bytes of the numbers 140 and 88 are also the opcodes of a text; a name behind them is found all the same."""
    for number in (140, 88, 88 * 2**24, 140 * 2**8):
        inner = pickle.dumps([number, made.Made(3)], protocol=protocol)

        assert modules_in(inner) == {(made.__name__.split(".")[2][1:], "steps.made")}


def test_text_that_looks_like_a_name_does_no_harm(made: Any) -> None:
    """What names no commit or module here is data."""
    texts = [
        made.__name__ + "x",
        f"zenml_pin.at.g{'0' * 40}.steps.made",
        "zenml_pin.at.g",
        made.__name__ + ".",
    ]

    assert zenml_pin.ship(texts).open() == texts


def test_what_no_pin_is_needed_for_travels_without_code() -> None:
    """Plain data and installed functions bring no bundle."""
    shipped = zenml_pin.ship(max, [1, 3])

    assert shipped() == 3
    assert "code 0 bytes" in repr(shipped)


def test_what_pickle_does_not_take_is_refused_here(made: Any) -> None:
    """The error names its type, and the remedy."""
    with pytest.raises(ShippedError, match="a Made cannot be shipped") as caught:
        zenml_pin.ship(made.Made(lambda: 0))

    assert caught.value.hint


def test_errors_of_the_code_come_back_as_they_are(made: Any) -> None:
    """An exception class of the pin is the same class; one that pickle cannot rebuild says its type and text."""
    with pytest.raises(made.Mine, match="mine"):
        zenml_pin.ship(made.Made(1).fail)()
    with pytest.raises(RuntimeError, match="Awkward: why"):
        zenml_pin.ship(made.Made(1).fail_awkwardly)()
    with pytest.raises(RuntimeError, match="SystemExit: left"):
        zenml_pin.ship(made.Made(1).leave)()


def test_reason_of_an_error_stays_with_it(made: Any) -> None:
    """What it was raised from is in the traceback, here and in what a pool prints of it."""
    with pytest.raises(made.Mine) as caught:
        zenml_pin.ship(made.Made(1).fail_from)()

    assert str(caught.value.__cause__) == "the reason"


def test_what_is_returned_can_stay_shipped(made: Any, tmp_path: Path) -> None:
    """An engine that carries it on sees bytes; the next task opens it, wherever in its arguments it is."""
    folder = tmp_path / "empty"
    folder.mkdir()
    make, times = zenml_pin.ship(made.make, onward=True), zenml_pin.ship(made.Made.times)

    first = make(3)

    assert isinstance(first, Shipped)
    assert first.open().value == 3
    assert times(first, other=2) == 60
    assert [held.value for held in zenml_pin.ship(list)([make(1), make(2)])] == [1, 2]
    assert zenml_pin.ship(dict)(held=make(4))["held"].value == 4
    assert zenml_pin.ship(max, onward=True)(1, 2).open() == 2
    # Its code goes on from a process that has it from a bundle alone.
    assert elsewhere(make, folder, "print(json.dumps(shipped(5)._bundle == shipped._bundle))") is True


def test_every_damage_is_an_error(made: Any, tmp_path: Path) -> None:
    """One flipped byte anywhere in the code that travels: refused, or the same answer; never another one."""
    shipped = zenml_pin.ship(made.Made(3).times)
    folder = tmp_path / "empty"
    folder.mkdir()

    answers = elsewhere(
        shipped,
        folder,
        "from zenml_pin.bundles.shipping import Shipped\n"
        "from zenml_pin import PinError, unload\n"
        "bundle, payload = shipped.__reduce__()[1]\n"
        "answers = set()\n"
        "for place in range(len(bundle)):\n"
        "    damaged = bytearray(bundle); damaged[place] ^= 1\n"
        "    try:\n"
        "        answers.add(str(Shipped(bytes(damaged), payload)(2)))\n"
        "    except PinError as error:\n"
        "        answers.add('refused')\n"
        "    from zenml_pin.at import registry\n"
        "    for commit in [name[1:] for name in list(registry._namespaces)]:\n"
        "        unload(commit)\n"
        "    for held in list(registry._attached):\n"
        "        registry.detach(held)\n"
        "print(json.dumps(sorted(answers)))",
    )

    assert set(answers) <= {"60", "refused"}
    assert "refused" in answers


def test_code_that_is_nowhere_is_an_error(made: Any, tmp_path: Path) -> None:
    """Without its bundle the error names the commit; without a library of the worker's own it names that."""
    _, (_, payload) = zenml_pin.ship(made.Made(3)).__reduce__()
    folder = tmp_path / "empty"
    folder.mkdir()

    answer = elsewhere(
        Shipped(b"", payload),
        folder,
        "from zenml_pin import PinError\n"
        "try:\n    shipped.open()\n"
        "except PinError as error:\n    print(json.dumps([type(error).__name__, str(error)]))",
    )

    assert answer[0] == "PinnedModuleNotFoundError"
    assert made.__name__.split(".")[2][1:] in answer[1]


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_pool_opens_what_is_shipped(
    made: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    """Its processes know of no repository; results, and exceptions of the pin, come back; the pool lives on."""
    monkeypatch.chdir(tmp_path)
    with ProcessPoolExecutor(1, mp_context=get_context(method)) as pool:
        _try(pool, made)


def _try(pool: Executor, made: Any) -> None:
    _, (bundle, payload) = zenml_pin.ship(made.Made(3)).__reduce__()
    assert pool.submit(zenml_pin.ship(made.Made(3).times), 2).result(60) == 60
    assert pool.submit(zenml_pin.ship(made.make), 7).result(60).value == 7
    with pytest.raises(made.Mine):
        pool.submit(zenml_pin.ship(made.Made(1).fail)).result(60)
    with pytest.raises(BundleError):
        pool.submit(Shipped(bundle[:-9], payload)).result(60)
    with pytest.raises(ShippedError):
        pool.submit(Shipped(b"", b"cnowhere_at_all\nthing\n.")).result(60)
    assert pool.submit(zenml_pin.ship(made.Made(1).times), 1).result(60) == 10


def test_classes_pickle_by_their_pinned_name(repo: Repo, made: Any, tmp_path: Path) -> None:
    """A plain pickle opens in any process that can find the commit, by ZENML_PIN_PATH for one."""
    data = pickle.dumps(made.Made(3))
    script = "import pickle, sys; print(pickle.loads(sys.stdin.buffer.read()).times(2))"
    for path, said in ((repo.path, b"60\n"), ("", b"")):
        done = subprocess.run(
            [sys.executable, "-c", script],
            input=data,
            cwd=tmp_path,
            env={**os.environ, "ZENML_PIN_PATH": path},
            capture_output=True,
            timeout=60,
        )
        assert done.stdout == said
    assert b"PinnedModuleNotFoundError" in done.stderr


def test_release_and_unpinned_classes_travel_by_name(tmp_path: Path) -> None:
    """A class of this package needs no code; one that is nowhere there is an error there, not a hang."""
    from zenml_pin.steps import RandomSplit

    assert isinstance(zenml_pin.ship(RandomSplit({"train": 1.0})).open(), RandomSplit)
    with pytest.raises(PinError, match="ModuleNotFoundError"):
        Shipped(b"", b"cnowhere_at_all\nthing\n.").open()


def test_class_of_a_notebook_does_not_travel() -> None:
    """Where it arrives the error says so: its module is `__main__`, and that is another one there."""
    shipped = Shipped(b"", b"c__main__\nOfACell\n.")

    with pytest.raises(ShippedError, match="cannot be opened: AttributeError") as caught:
        shipped.open()

    assert (
        caught.value.hint
        == "a class of a notebook exists only in the notebook's process: move it to a module of the repository"
    )
