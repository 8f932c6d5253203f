"""ship: an object of pinned classes travels with its code as bytes, and opens without a repository."""

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
    """The commit, in which the factor is 10; in the working tree it is 99."""
    commit_id = commit(repo, FILES)
    write(repo, {"steps": {"helper.py": "FACTOR = 99\n"}})
    return commit_id


@pytest.fixture
def shipping_module(repo: Repo, commit_id: str) -> Any:
    """The pinned module."""
    return zenml_pin.import_module("steps.made", commit_id, repo=repo.path)


def elsewhere(shipped: Shipped, folder: Path, script: str) -> Any:
    """Run a script with `shipped` in a new process in a folder without a repository; return its JSON output."""
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


def test_instance_opens_without_a_repository(shipping_module: Any, tmp_path: Path) -> None:
    """Its class comes from the commit, helper included; one small message contains everything."""
    shipped = zenml_pin.ship(shipping_module.Made(3))
    folder = tmp_path / "empty"
    folder.mkdir()

    answer = elsewhere(
        shipped, folder, "held = shipped.open(); print(json.dumps([held.times(2), type(held).__module__]))"
    )

    assert answer == [60, shipping_module.__name__]
    assert len(shipped) < 1500


def test_worker_is_clean_afterwards(shipping_module: Any, tmp_path: Path) -> None:
    """P2 there: no plain first-party name, no changed path, nothing written; only our finder and hook."""
    folder = tmp_path / "empty"
    folder.mkdir()

    answer = elsewhere(
        zenml_pin.ship(shipping_module.Made(3)),
        folder,
        "shipped.open().times(2)\n"
        "after = sorted(sys.path), len(sys.meta_path) - 1, len(sys.path_hooks) - 1\n"
        "import os\n"
        "print(json.dumps([before == after, 'steps' in sys.modules, sorted(os.listdir())]))",
    )

    assert answer == [True, False, ["shipped"]]


def test_shipped_object_is_called_like_the_original(shipping_module: Any) -> None:
    """Classes, functions, bound methods, and calls with arguments that are shipped too."""
    assert zenml_pin.ship(shipping_module.Made)(4).value == 4
    assert zenml_pin.ship(shipping_module.make)(value=5).times(1) == 50
    assert zenml_pin.ship(shipping_module.Made(2).times)(3) == 60
    assert zenml_pin.ship(shipping_module.Made.times, shipping_module.Made(2))(3) == 60
    assert zenml_pin.ship({"held": [shipping_module.Made(1)]}).open()["held"][0].value == 1


def test_two_versions_travel_together(repo: Repo, shipping_module: Any) -> None:
    """A value with objects of two commits brings the code of both."""
    second = commit(repo, {"steps": {**FILES["steps"], "helper.py": "FACTOR = 20\n"}})
    other = zenml_pin.import_module("steps.made", second, repo=repo.path)

    first, later = zenml_pin.ship([shipping_module.Made(1), other.Made(1)]).open()

    assert (first.times(1), later.times(1)) == (10, 20)


def test_pickles_inside_bring_their_code(shipping_module: Any, tmp_path: Path) -> None:
    """A stored input is a pickle in the arguments: the code of its classes travels too, in any form of the name."""
    folder = tmp_path / "empty"
    folder.mkdir()
    inner = [pickle.dumps(shipping_module.Made(3), protocol=protocol) for protocol in (0, 2, 4, 5)]

    answer = elsewhere(
        zenml_pin.ship(list, inner),
        folder,
        "print(json.dumps([pickle.loads(data).times(1) for data in shipped()]))",
    )

    assert answer == [30] * 4


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4, 5])
def test_bytes_before_a_name_do_not_hide_it(shipping_module: Any, protocol: int) -> None:
    """The bytes of the numbers 140 and 88 are also the opcodes of a text; a name after them is still found."""
    for number in (140, 88, 88 * 2**24, 140 * 2**8):
        inner = pickle.dumps([number, shipping_module.Made(3)], protocol=protocol)

        assert modules_in(inner) == {(shipping_module.__name__.split(".")[2][1:], "steps.made")}


def test_text_that_looks_like_a_name_does_no_harm(shipping_module: Any) -> None:
    """A text that does not name a commit or module of this process is data."""
    texts = [
        shipping_module.__name__ + "x",
        f"zenml_pin.at.g{'0' * 40}.steps.made",
        "zenml_pin.at.g",
        shipping_module.__name__ + ".",
    ]

    assert zenml_pin.ship(texts).open() == texts


def test_object_without_pinned_classes_travels_without_code() -> None:
    """Plain data and installed functions need no bundle."""
    shipped = zenml_pin.ship(max, [1, 3])

    assert shipped() == 3
    assert "code 0 bytes" in repr(shipped)


def test_object_that_pickle_refuses_is_refused_before_shipping(shipping_module: Any) -> None:
    """The error names the type, and the remedy."""
    with pytest.raises(ShippedError, match="a Made cannot be shipped") as caught:
        zenml_pin.ship(shipping_module.Made(lambda: 0))

    assert caught.value.hint


def test_errors_of_the_code_come_back_unchanged(shipping_module: Any) -> None:
    """An exception class of the pin is the same class; an exception that pickle cannot rebuild keeps type and text."""
    with pytest.raises(shipping_module.Mine, match="mine"):
        zenml_pin.ship(shipping_module.Made(1).fail)()
    with pytest.raises(RuntimeError, match="Awkward: why"):
        zenml_pin.ship(shipping_module.Made(1).fail_awkwardly)()
    with pytest.raises(RuntimeError, match="SystemExit: left"):
        zenml_pin.ship(shipping_module.Made(1).leave)()


def test_reason_of_an_error_stays_with_it(shipping_module: Any) -> None:
    """The cause is in the traceback, here and in the output of a pool."""
    with pytest.raises(shipping_module.Mine) as caught:
        zenml_pin.ship(shipping_module.Made(1).fail_from)()

    assert str(caught.value.__cause__) == "the reason"


@pytest.mark.slow
def test_result_can_stay_shipped(shipping_module: Any, tmp_path: Path) -> None:
    """An engine that passes it on sees bytes; the next task opens it, wherever in its arguments it is."""
    folder = tmp_path / "empty"
    folder.mkdir()
    make, times = (
        zenml_pin.ship(shipping_module.make, onward=True),
        zenml_pin.ship(shipping_module.Made.times),
    )

    first = make(3)

    assert isinstance(first, Shipped)
    assert first.open().value == 3
    assert times(first, other=2) == 60
    assert [instance.value for instance in zenml_pin.ship(list)([make(1), make(2)])] == [1, 2]
    assert zenml_pin.ship(dict)(held=make(4))["held"].value == 4
    assert zenml_pin.ship(max, onward=True)(1, 2).open() == 2
    # Its code can be shipped again by a process that has it only from a bundle.
    assert elsewhere(make, folder, "print(json.dumps(shipped(5)._bundle == shipped._bundle))") is True


@pytest.mark.slow
def test_every_damage_is_an_error(shipping_module: Any, tmp_path: Path) -> None:
    """One flipped byte anywhere in the shipped code: the result is an error or the same answer, never another one."""
    shipped = zenml_pin.ship(shipping_module.Made(3).times)
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


def test_absent_code_is_an_error(shipping_module: Any, tmp_path: Path) -> None:
    """Without its bundle, the error names the commit; without a library on the worker, it names the library."""
    _, (_, payload) = zenml_pin.ship(shipping_module.Made(3)).__reduce__()
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
    assert shipping_module.__name__.split(".")[2][1:] in answer[1]


@pytest.mark.quick(every=2)
@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_pool_opens_shipped_objects(
    shipping_module: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    """The processes know no repository; results and exceptions of the pin come back; the pool stays usable."""
    monkeypatch.chdir(tmp_path)
    with ProcessPoolExecutor(1, mp_context=get_context(method)) as pool:
        _try(pool, shipping_module)


def _try(pool: Executor, shipping_module: Any) -> None:
    _, (bundle, payload) = zenml_pin.ship(shipping_module.Made(3)).__reduce__()
    assert pool.submit(zenml_pin.ship(shipping_module.Made(3).times), 2).result(60) == 60
    assert pool.submit(zenml_pin.ship(shipping_module.make), 7).result(60).value == 7
    with pytest.raises(shipping_module.Mine):
        pool.submit(zenml_pin.ship(shipping_module.Made(1).fail)).result(60)
    with pytest.raises(BundleError):
        pool.submit(Shipped(bundle[:-9], payload)).result(60)
    with pytest.raises(ShippedError):
        pool.submit(Shipped(b"", b"cnowhere_at_all\nthing\n.")).result(60)
    assert pool.submit(zenml_pin.ship(shipping_module.Made(1).times), 1).result(60) == 10


@pytest.mark.slow
def test_classes_pickle_by_their_pinned_name(repo: Repo, shipping_module: Any, tmp_path: Path) -> None:
    """A plain pickle opens in any process that can find the commit, for example through ZENML_PIN_PATH."""
    data = pickle.dumps(shipping_module.Made(3))
    script = "import pickle, sys; print(pickle.loads(sys.stdin.buffer.read()).times(2))"
    for path, output in ((repo.path, b"60\n"), ("", b"")):
        done = subprocess.run(
            [sys.executable, "-c", script],
            input=data,
            cwd=tmp_path,
            env={**os.environ, "ZENML_PIN_PATH": path},
            capture_output=True,
            timeout=60,
        )
        assert done.stdout == output
    assert b"PinnedModuleNotFoundError" in done.stderr


def test_release_and_unpinned_classes_travel_by_name(tmp_path: Path) -> None:
    """A class of this package needs no code; a class that does not exist there is an error there, not a hang."""
    from zenml_pin.steps import RandomSplit

    assert isinstance(zenml_pin.ship(RandomSplit({"train": 1.0})).open(), RandomSplit)
    with pytest.raises(PinError, match="ModuleNotFoundError"):
        Shipped(b"", b"cnowhere_at_all\nthing\n.").open()


def test_class_of_a_notebook_does_not_travel() -> None:
    """The error on arrival explains it: its module is `__main__`, which is another module there."""
    shipped = Shipped(b"", b"c__main__\nOfACell\n.")

    with pytest.raises(ShippedError, match="cannot be opened: AttributeError") as caught:
        shipped.open()

    assert (
        caught.value.hint
        == "a class of a notebook exists only in the notebook's process: move it to a module of the repository"
    )
