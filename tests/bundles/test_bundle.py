"""Bundle: it has what a pin needs, loads from it alone, and an error names what it lacks."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import zenml_pin
from tests.bundles.conftest import Forget
from tests.support.example_trainer import TRAINER
from tests.support.repositories import (
    Files,
    Link,
    Repo,
    Submodule,
    commit,
    get_head,
    init,
    kind_of,
    listing,
    loose_ids,
    write,
)
from zenml_pin import Bundle, Source
from zenml_pin.errors import (
    BundleError,
    CommitNotFoundError,
    LimitError,
    ObjectNotFoundError,
    PinnedAttributeError,
    PinnedModuleNotFoundError,
    UncommittedChangesError,
    UnsupportedError,
)
from zenml_pin.git.bundle import write_bundle
from zenml_pin.pins.code_id import code_id
from zenml_pin.verification import verify

STEP = "class A:\n    value = 1\n"
USES = "from {} import value as held\n\n\nclass A:\n    value = held\n"
VALUE = "value = 1\n"
# Files beside the module that a bundle must not have.
AROUND: Files = {"README": "what this is", "other": {"__init__.py": "", "big.py": "x = 1\n" * 100}}

# Files, the class, and the paths in its bundle.
LAYOUTS: dict[str, tuple[Files, str, str]] = {
    "folder": ({"m": {"step.py": STEP}}, "m.step.A", "m/step.py"),
    "nested, with parents": (
        {"a": {"__init__.py": "N = 1\n", "x.py": "", "b": {"__init__.py": "", "m": {"step.py": STEP}}}},
        "a.b.m.step.A",
        "a/__init__.py a/b/__init__.py a/b/m/step.py",
    ),
    "file in the root": ({"step.py": STEP}, "step.A", "step.py"),
    "package": ({"m": {"__init__.py": STEP, "data.json": "{}"}}, "m.A", "m/__init__.py m/data.json"),
    "below src": ({"src": {"m": {"step.py": STEP}}}, "m.step.A", "src/m/step.py"),
    "src is a package": (
        {"src": {"__init__.py": "", "m": {"step.py": STEP}}},
        "src.m.step.A",
        "src/__init__.py src/m/step.py",
    ),
    "source roots of the commit": (
        {
            "setup.cfg": "[zenml_pin]\nsource_roots = lib, tools\n",
            "lib": {},
            "tools": {"m": {"step.py": STEP}},
        },
        "m.step.A",
        "setup.cfg tools/m/step.py",
    ),
    "setup.cfg is a link": (
        {
            "setup.cfg": Link("cfg/all"),
            "cfg": {"all": "[zenml_pin]\nsource_roots = lib\n"},
            "lib": {"step.py": STEP},
        },
        "step.A",
        "cfg/all lib/step.py setup.cfg",
    ),
    "imports": (
        {
            "m": {"step.py": USES.format("lib.values")},
            "lib": {"__init__.py": "", "values.py": VALUE, "no.py": ""},
        },
        "m.step.A",
        "lib/__init__.py lib/values.py m/step.py",
    ),
    "chain of imports": (
        {"m": {"step.py": USES.format("one")}, "one.py": "from two.x import value\n", "two": {"x.py": VALUE}},
        "m.step.A",
        "m/step.py one.py two/x.py",
    ),
    "import in a function": (
        {
            "m": {"step.py": "class A:\n    def late(self):\n        import one\n        return one.value\n"},
            "one.py": VALUE,
        },
        "m.step.A",
        "m/step.py one.py",
    ),
    "relative": (
        {"m": {"__init__.py": "", "step.py": USES.format(".sub.x"), "sub": {"x.py": VALUE}}},
        "m.step.A",
        "m/__init__.py m/step.py m/sub/x.py",
    ),
    "star": (
        {
            "m": {"step.py": "from lib import *\n\n\nclass A:\n    value = value\n"},
            "lib": {"__init__.py": VALUE},
        },
        "m.step.A",
        "lib/__init__.py m/step.py",
    ),
    "for type checkers": (
        {
            "m": {
                "step.py": "TYPE_CHECKING = False\nif TYPE_CHECKING:\n    from other.big import x\n" + STEP
            },
        },
        "m.step.A",
        "m/step.py",
    ),
    "a library that is not there": (
        {"m": {"step.py": "try:\n    import no_such_library\nexcept ImportError:\n    pass\n" + STEP}},
        "m.step.A",
        "m/step.py",
    ),
    "a folder that is no package": (
        {"m": {"step.py": "import json\nimport docs\n" + STEP}, "docs": {"a.txt": ""}},
        "m.step.A",
        "m/step.py",
    ),
    "linked module": (
        {"m": {"step.py": Link("../real/one.py")}, "real": {"one.py": STEP, "no.py": ""}},
        "m.step.A",
        "m/step.py real/one.py",
    ),
    "linked folder": (
        {"m": Link("real"), "real": {"step.py": STEP, "sub": {"data": "1"}}},
        "m.step.A",
        "m real/step.py real/sub/data",
    ),
    "data and an empty file": (
        {"m": {"__init__.py": "", "step.py": STEP, "data": {"a.bin": b"\0\1", "empty": ""}}},
        "m.step.A",
        "m/__init__.py m/data/a.bin m/data/empty m/step.py",
    ),
    "submodule in the folder": (
        {"m": {"step.py": STEP, "sub": Submodule("1" * 40)}},
        "m.step.A",
        "m/step.py",
    ),
    "not ASCII": ({"m": {"schritt_ü.py": STEP}}, "m.schritt_ü.A", "m/schritt_ü.py"),
    "does not parse": (
        {"m": {"step.py": STEP, "bad.py": "def (\n", "worse.py": b"\xff"}},
        "m.step.A",
        "m/bad.py m/step.py m/worse.py",
    ),
}


def bundle_of(repo: Repo, tree: Files, name: str, **options: Any) -> tuple[Source, Bundle]:
    """Commit files, with others beside them, and return the pin of a class and its bundle."""
    pinned = Source.parse(f"{name}@{commit(repo, {**AROUND, **tree})}")
    return pinned, Bundle.create(pinned, repo=repo.path, **options)


def blobs_in(bundle: Bundle) -> set[str]:
    """Return the ids of the files in a bundle."""
    return {name for name, packed in bundle.place.source.pack.objects.items() if packed.kind == "blob"}


@pytest.mark.parametrize(("files", "name", "paths"), LAYOUTS.values(), ids=LAYOUTS)
def test_a_bundle_holds_what_its_pin_needs(repo: Repo, files: Files, name: str, paths: str) -> None:
    """The folder and its imports; no other file of the commit."""
    pinned, bundle = bundle_of(repo, files, name)
    ids_by_path = listing(repo, pinned.commit_id or "")

    assert blobs_in(bundle) == {ids_by_path[path][1] for path in paths.split()}


@pytest.mark.parametrize(("files", "name", "paths"), LAYOUTS.values(), ids=LAYOUTS)
def test_a_pin_loads_from_its_bundle_alone(
    repo: Repo, tmp_path: Path, empty: Path, forget: Forget, files: Files, name: str, paths: str
) -> None:
    """As from the repository, with the same code id, and completely: late imports and data too."""
    pinned, bundle = bundle_of(repo, files, name)
    wanted = zenml_pin.load(pinned, repo=repo.path)
    code = code_id(pinned)
    forget()
    os.rename(repo.path, tmp_path / "gone")
    os.chdir(empty)

    cls: Any = zenml_pin.load(pinned, repo=bundle)

    assert cls is not wanted
    assert getattr(cls, "value", 1) == getattr(wanted, "value", 1) == 1
    assert getattr(cls(), "late", lambda: 1)() == 1
    assert code_id(pinned) == code


@pytest.mark.parametrize(("files", "name", "paths"), LAYOUTS.values(), ids=LAYOUTS)
def test_a_pin_is_verified_from_its_bundle_alone(
    repo: Repo, empty: Path, forget: Forget, files: Files, name: str, paths: str
) -> None:
    """The bundle has everything that is hashed, and the result is the same as in the repository."""
    pinned, bundle = bundle_of(repo, files, name)
    wanted = verify(pinned, repo=repo.path)
    forget()
    os.chdir(empty)

    report = verify(pinned, repo=bundle)

    assert (report.objects, report.faults, report.unit) == (wanted.objects, wanted.faults, wanted.unit)


def test_a_bundle_is_the_same_bytes_for_the_same_pins(repo: Repo, tmp_path: Path, empty: Path) -> None:
    """In any order of the pins, from a repository or from another bundle, and on disk."""
    first, _ = bundle_of(repo, LAYOUTS["imports"][0], "m.step.A")
    second, _ = bundle_of(repo, LAYOUTS["folder"][0], "m.step.A")
    data = Bundle.create([first, second], repo=repo.path).data

    assert Bundle.create([second, first, str(first)], repo=repo.path).data == data
    assert Bundle.create([first, second], repo=Bundle.open(data)).data == data
    written = Bundle.create([first, second], tmp_path / "x.bundle", repo=repo.path)
    assert (tmp_path / "x.bundle").read_bytes() == written.data == data
    assert sorted(os.listdir(tmp_path)) == ["empty", "repo", "x.bundle"]


def test_a_class_is_pinned_before_it_is_bundled(repo: Repo) -> None:
    """An uncommitted class is refused, as `pin(strict=True)` refuses it."""
    commit(repo, {"m": {"step.py": STEP}})
    sys.path.insert(0, repo.path)
    cls = import_module("m.step").A

    bundle = Bundle.create(cls)

    assert bundle.verify().commits[0].sources == (zenml_pin.pin(cls),)
    write(repo, {"m": {"step.py": STEP + "\n"}})
    with pytest.raises(UncommittedChangesError):
        Bundle.create("m.step.A", repo=repo.path)


REFUSED: dict[str, tuple[str, type[Exception], str]] = {
    "no module": ("m.none.A@{head}", PinnedModuleNotFoundError, "has no module 'm.none'"),
    "no class": ("m.step.B@{head}", PinnedAttributeError, "does not define class or function 'B'"),
    "no commit": ("m.step.A@" + "1" * 40, CommitNotFoundError, "was not found"),
    "a release": ("zenml_pin.steps.RandomSplit@zenml_0.1.0", UnsupportedError, "is not in a commit"),
}


@pytest.mark.parametrize(("text", "error", "message"), REFUSED.values(), ids=REFUSED)
def test_source_that_cannot_be_bundled_is_refused(
    repo: Repo, tmp_path: Path, text: str, error: type[Exception], message: str
) -> None:
    """The error names it, and nothing is written."""
    commit(repo, {"m": {"step.py": STEP}})

    with pytest.raises(error, match=message):
        Bundle.create(text.format(head=get_head(repo)), tmp_path / "x.bundle", repo=repo.path)

    assert not (tmp_path / "x.bundle").exists()


def test_a_bundle_of_nothing_is_refused() -> None:
    """It would be empty."""
    with pytest.raises(UnsupportedError, match="at least one pin"):
        Bundle.create([])


def test_sha1_and_sha256_do_not_mix(repo: Repo, tmp_path: Path, empty: Path, forget: Forget) -> None:
    """A bundle has one hash algorithm. Each alone works."""
    other = init(tmp_path / "sha256", object_format="sha256")
    pins = []
    for where in (repo, other):
        pins.append(f"m.step.A@{commit(where, {'m': {'step.py': STEP}})}")
        zenml_pin.attach(where.path)
    with pytest.raises(UnsupportedError, match="one hash"):
        Bundle.create(pins)

    bundle = Bundle.create(pins[1])
    forget()
    os.chdir(empty)
    os.rename(other.path, tmp_path / "gone")

    assert zenml_pin.load(pins[1], repo=bundle).__name__ == "A"
    assert bundle.verify().object_format == "sha256"


def test_a_repository_that_lacks_an_object_is_not_bundled(repo: Repo, forget: Forget) -> None:
    """For example, a partial clone: the error names object and path."""
    head = commit(repo, {"m": {"step.py": STEP}})
    blob = next(name for name in loose_ids(repo) if _is_blob(repo, name))
    os.remove(repo.loose(blob))

    with pytest.raises(ObjectNotFoundError, match=f"'{blob}', which is 'm/step.py', is missing"):
        Bundle.create(f"m.step.A@{head}", repo=repo.path)


def _is_blob(repo: Repo, name: str) -> bool:
    return kind_of(repo, name) == "blob"


# Missing objects


REACHES = """\
from importlib import import_module
try:
    import_module("{}")
except ImportError:
    value = 0
else:
    value = 1


class A:
    value = value
"""


def test_a_module_that_is_not_in_the_bundle_is_an_error_without_fallback(
    repo: Repo, empty: Path, forget: Forget
) -> None:
    """An absent object is not an absent path: code that expects ImportError must not continue without it."""
    pinned, bundle = bundle_of(repo, {"m": {"step.py": REACHES.format("other.big")}}, "m.step.A")
    assert vars(zenml_pin.load(pinned, repo=repo.path))["value"] == 1
    forget()
    os.chdir(empty)

    with pytest.raises(ObjectNotFoundError, match="which is 'other', is missing") as caught:
        zenml_pin.load(pinned, repo=bundle)

    assert not isinstance(caught.value, ImportError)
    assert "zenml-pin bundle SOURCE" in caught.value.hint


def test_a_path_that_the_commit_lacks_is_absent(repo: Repo, empty: Path, forget: Forget) -> None:
    """The trees on the path prove it, and the code behaves as with the repository."""
    pinned, bundle = bundle_of(repo, {"m": {"step.py": REACHES.format("nowhere")}}, "m.step.A")
    forget()
    os.chdir(empty)

    assert vars(zenml_pin.load(pinned, repo=bundle))["value"] == 0


def test_a_missing_library_is_named_even_without_the_requirements(
    repo: Repo, empty: Path, forget: Forget
) -> None:
    """The requirements would only improve the message, so their absence is not another error."""
    pinned, bundle = bundle_of(
        repo, {"m": {"step.py": "import no_such_library\n" + STEP}, "requirements.txt": "x"}, "m.step.A"
    )
    forget()
    os.chdir(empty)

    with pytest.raises(zenml_pin.PinnedImportError, match="No module named 'no_such_library'"):
        zenml_pin.load(pinned, repo=bundle)


def test_every_object_of_a_bundle_is_needed(repo: Repo, empty: Path, forget: Forget) -> None:
    """Each is removed in turn: then the load fails with an error that names it."""
    pinned, bundle = bundle_of(repo, LAYOUTS["imports"][0], "m.step.A")
    repository = bundle.place
    objects = {
        name: repository.objects.find_any(name, 10**6) or ("", b"") for name in repository.source.pack.objects
    }
    os.chdir(empty)
    for name in objects:
        forget()
        less = Bundle.open(write_bundle({key: item for key, item in objects.items() if key != name}, {}))

        with pytest.raises((ObjectNotFoundError, CommitNotFoundError)) as caught:
            zenml_pin.load(pinned, repo=less)

        assert name in (getattr(caught.value, "object_id", None), getattr(caught.value, "commit_id", None))


def test_a_bundle_cannot_be_materialized_but_a_full_one_can(
    repo: Repo, tmp_path: Path, forget: Forget
) -> None:
    """Materializing writes the whole tree of the commit."""
    pinned, bundle = bundle_of(repo, LAYOUTS["imports"][0], "m.step.A")
    full = Bundle.create(pinned, repo=repo.path, full=True)
    forget()
    os.chdir(tmp_path / "repo" / "m")
    os.rename(repo.gitdir, tmp_path / "gone")
    with pytest.raises(ObjectNotFoundError):
        zenml_pin.load(pinned, repo=bundle, materialize=tmp_path / "a")
    forget()

    cls = zenml_pin.load(pinned, repo=full, materialize=tmp_path / "b")

    assert import_module(cls.__module__).__file__ == str(next((tmp_path / "b").glob("*/m/step.py")))


# Where a bundle is found


def test_two_bundles_of_one_commit_are_used_together(repo: Repo, empty: Path, forget: Forget) -> None:
    """Each has another class; missing objects of one come from the other."""
    files: Files = {"m": {"step.py": STEP}, "n": {"step.py": STEP.replace("1", "2")}}
    pinned, first = bundle_of(repo, files, "m.step.A")
    other = Source.parse(f"n.step.A@{pinned.commit_id}")
    second = Bundle.create(other, repo=repo.path)
    forget()
    os.chdir(empty)

    with zenml_pin.attach(second):
        assert vars(zenml_pin.load(pinned, repo=first))["value"] == 1
        assert vars(zenml_pin.load(other))["value"] == 2


def test_a_bundle_helps_a_partial_clone(repo: Repo, empty: Path, forget: Forget) -> None:
    """The repository has the commit without its files: they come from an attached bundle."""
    pinned, bundle = bundle_of(repo, LAYOUTS["folder"][0], "m.step.A")
    for name in loose_ids(repo):
        if _is_blob(repo, name):
            os.remove(repo.loose(name))
    forget()
    os.chdir(empty)
    with pytest.raises(ObjectNotFoundError):
        zenml_pin.load(pinned, repo=repo.path, allow_dirty=True)

    with zenml_pin.attach(bundle):
        assert vars(zenml_pin.load(pinned, repo=repo.path, allow_dirty=True))["value"] == 1


def test_attach_lets_names_be_imported(repo: Repo, tmp_path: Path, empty: Path, forget: Forget) -> None:
    """By its path, and as a bundle in memory; at the end of the block the names are gone."""
    pinned, bundle = bundle_of(repo, LAYOUTS["folder"][0], "m.step.A", path=tmp_path / "x.bundle")
    os.chdir(empty)
    for attached in (str(tmp_path / "x.bundle"), tmp_path / "x.bundle", Bundle.open(bundle.data)):
        forget()
        with zenml_pin.attach(attached):
            module = import_module(pinned.dotted.rpartition(".")[0])
            assert module.A.value == 1
    forget()
    with pytest.raises(ModuleNotFoundError, match="was not found"):
        import_module(pinned.dotted.rpartition(".")[0])


SCRIPT = """\
import os, sys, zenml_pin
if sys.argv[2] == "load":
    cls = zenml_pin.load(sys.argv[1], repo=sys.argv[3])
elif sys.argv[2] == "attach":
    zenml_pin.attach(sys.argv[3])
    cls = zenml_pin.load(sys.argv[1])
else:
    import pickle
    import zenml_pin.at
    cls = pickle.loads(bytes.fromhex(sys.argv[3]))
print(cls.value, sorted(name for name in sys.modules if name in ("attr", "yaml", "subprocess")))
"""


@pytest.mark.quick(every=3)
@pytest.mark.parametrize("way", ["load", "attach", "pickle"])
def test_a_fresh_process_in_an_empty_folder_needs_only_the_bundle(
    repo: Repo, tmp_path: Path, empty: Path, way: str
) -> None:
    """With no git on PATH; a pickle finds it through ZENML_PIN_PATH."""
    pinned, _ = bundle_of(repo, LAYOUTS["imports"][0], "m.step.A", path=tmp_path / "x.bundle")
    module, _, name = pinned.dotted.rpartition(".")
    pickled = f"\x80\x02c{module}\n{name}\n.".encode("latin-1").hex()
    os.rename(repo.path, tmp_path / "gone")
    environment = {
        "PATH": "/nowhere",
        "ZENML_PIN_PATH": str(tmp_path / "x.bundle") if way == "pickle" else "",
    }

    done = subprocess.run(
        [
            sys.executable,
            "-W",
            "error",
            "-c",
            SCRIPT,
            str(pinned),
            way,
            pickled if way == "pickle" else "../x.bundle",
        ],
        cwd=empty,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.stdout, done.stderr) == ("1 []\n", "")
    assert os.listdir(empty) == []


def test_the_named_repository_is_read_where_the_first_is_gone(repo: Repo, tmp_path: Path) -> None:
    """The process made a bundle of the commit before, from a repository that has moved since."""
    pinned, first = bundle_of(repo, LAYOUTS["imports"][0], "m.step.A")
    os.rename(repo.path, tmp_path / "moved")

    assert Bundle.create(pinned, repo=str(tmp_path / "moved")).data == first.data


def test_a_damaged_bundle_is_named_where_a_commit_is_not_found(
    repo: Repo, tmp_path: Path, empty: Path, forget: Forget, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A damaged one in ZENML_PIN_PATH does not hide others; if the commit is nowhere, the error mentions the damage."""
    pinned, _ = bundle_of(repo, LAYOUTS["folder"][0], "m.step.A", path=tmp_path / "good.bundle")
    (tmp_path / "bad.bundle").write_bytes(b"# v2 git bundle\n")
    forget()
    os.chdir(empty)
    monkeypatch.setenv("ZENML_PIN_PATH", str(tmp_path / "bad.bundle"))
    with pytest.raises(CommitNotFoundError) as caught:
        zenml_pin.load(pinned)
    assert "bad.bundle' cannot be read: it is cut off" in caught.value.hint

    monkeypatch.setenv("ZENML_PIN_PATH", f"{tmp_path}/bad.bundle{os.pathsep}{tmp_path}/good.bundle")
    assert zenml_pin.load(pinned).__name__ == "A"
    with pytest.raises(BundleError):
        zenml_pin.load(pinned, repo=tmp_path / "bad.bundle")


def test_a_commit_is_checked_out_of_a_bundle(repo: Repo, empty: Path, forget: Forget) -> None:
    """With the files in it, by its id or the start of it; the error names what is missing."""
    pinned, bundle = bundle_of(repo, LAYOUTS["imports"][0], "m.step.A")
    forget()
    os.chdir(empty)

    with zenml_pin.checkout((pinned.commit_id or "")[:8], repo=bundle) as tree:
        assert vars(tree.load("m.step.A"))["value"] == 1
        assert tree.import_module("lib.values").value == 1
        assert tree.read_bytes("m/step.py").startswith(b"from lib.values")
        assert [entry.path for entry in tree.entries("m")] == ["m/step.py"]
        with pytest.raises(ObjectNotFoundError, match="which is 'README', is missing"):
            tree.read_bytes("README")
        with pytest.raises(ObjectNotFoundError, match="which is 'other', is missing"):
            list(tree.entries())
    with pytest.raises(zenml_pin.RevisionError, match="does not name a commit here"):
        zenml_pin.checkout("main", repo=bundle)
    with pytest.raises(UnsupportedError, match="has no worktree"):
        zenml_pin.status("m", repo=bundle)


def test_another_object_in_a_bundle_is_never_loaded(repo: Repo, empty: Path, forget: Forget) -> None:
    """The bundle has a changed object, and lacks the one that the commit names."""
    pinned, bundle = bundle_of(repo, LAYOUTS["folder"][0], "m.step.A")
    objects = {}
    for name in bundle.place.source.pack.objects:
        kind, data = bundle.place.objects.find_any(name, 10**6) or ("", b"")
        objects[name] = kind, data.replace(b"value = 1", b"value = 9")
    evil = Bundle.open(write_bundle(objects, bundle.place.header.refs))
    forget()
    os.chdir(empty)

    with pytest.raises(ObjectNotFoundError, match=r"'m/step\.py'"):
        zenml_pin.load(pinned, repo=evil)


def test_limits_apply_to_the_bundle(repo: Repo, tmp_path: Path, forget: Forget) -> None:
    """`limits=` of a load applies to the bundle that the load opens."""
    pinned, _ = bundle_of(repo, LAYOUTS["folder"][0], "m.step.A", path=tmp_path / "x.bundle")
    forget()

    with pytest.raises(LimitError):
        zenml_pin.load(pinned, repo=tmp_path / "x.bundle", limits=zenml_pin.Limits(bundle=100))
    assert zenml_pin.load(pinned, repo=tmp_path / "x.bundle").__name__ == "A"


# Larger bundles


def test_a_full_bundle_has_all_history(repo: Repo) -> None:
    """Every earlier commit, and every file of each."""
    first = commit(repo, {"m": {"step.py": STEP}, **AROUND})
    commit(repo, {"m": {"step.py": STEP + "# 2\n"}}, base=first)
    ids = set(loose_ids(repo))
    head = get_head(repo)

    bundle = Bundle.create(f"m.step.A@{head}", repo=repo.path, full=True)

    assert set(bundle.place.source.pack.objects) == ids
    report = bundle.verify()
    assert (report.version, report.filter, report.history) == (2, "", 1)
    assert report.commits[0].is_whole


def test_files_travel_with_pins(repo: Repo) -> None:
    """By path, with any content."""
    files = {
        "pipelines/x.yaml": b"a: 1\n",
        "artifacts/ü": b"\0" * 5000,
        "empty": b"",
        "a.b": b"1",
        "a/c": b"2",
    }
    pinned, bundle = bundle_of(repo, LAYOUTS["folder"][0], "m.step.A", files=files)

    assert bundle.files == files
    assert bundle.verify().files == tuple(sorted(files))
    assert Bundle.create(pinned, repo=repo.path).files == {}


def test_a_bundle_of_one_module_is_small(repo: Repo, announce: Any) -> None:
    """At most 1.5 KB, and at most twice `git archive | gzip` of the folder."""
    import gzip
    import io
    import tarfile

    text = "\n".join([*(f"# line {n} of a module that a person wrote" for n in range(3)), TRAINER])
    _, bundle = bundle_of(
        repo,
        {"trainers": {"__init__.py": "", "mine": {"__init__.py": "", "step.py": text}}},
        "trainers.mine.step.MyTrainer",
    )
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for name in ("trainers/mine/", "trainers/mine/__init__.py", "trainers/mine/step.py"):
            info = tarfile.TarInfo(name)
            info.size = len(text) if name.endswith("step.py") else 0
            tar.addfile(info, io.BytesIO(text.encode()))
    zipped = gzip.compress(archive.getvalue())
    announce(f"bundle of one module of {len(text)} bytes: {len(bundle.data)} bytes, archive {len(zipped)}")

    assert len(bundle.data) <= 1500
    assert len(bundle.data) <= 2 * len(zipped)
