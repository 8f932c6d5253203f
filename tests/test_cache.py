"""ZENML_PIN_CACHE: what a cached load may trust, and what it must not trust."""

from __future__ import annotations

import marshal
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

import zenml_pin
from tests.support.ended_process import ended
from tests.support.forget_caches import forget, forgotten
from tests.support.repositories import Repo, commit, init, pack, snapshot
from zenml_pin import cache
from zenml_pin.audit.auditing import audit
from zenml_pin.audit.checking import check
from zenml_pin.backends import ProcessesBackend
from zenml_pin.git.objects.memory_source import MemorySource
from zenml_pin.importing.rewriting import code_cache
from zenml_pin.source import pinned_root
from zenml_pin.verification import verify

NAME = "trainers.step.MyTrainer"
TEXT = "import trainers\n\n\nclass MyTrainer:\n    value = {}\n"
FORGED = "class MyTrainer:\n    value = 666\n"

# Libraries that a load from the cache must not import.
NOT_NEEDED = {
    *(
        "dulwich",
        "pkgutil",
        "zenml_pin.git.storage.packs",
        "zenml_pin.importing.zenml_modules",
        "attr",
        "yaml",
        "ast",
        "difflib",
        "hashlib",
        "inspect",
        "unicodedata",
        "typing",
        "subprocess",
    ),
    *(
        "logging",
        "zenml_pin.pins.pinning",
        "zenml_pin.git.bundle",
        "zenml_pin.importing.rewriting.module_views",
        "zenml_pin.importing.rewriting.import_scan",
        "zenml_pin.importing.rewriting.place_words",
        "zenml_pin.importing.path_finders",
    ),
    # For few repositories, and for what is not found.
    *(
        "zenml_pin.base.process_environment",
        "zenml_pin.git.bundle_address",
        "zenml_pin.git.discovery",
        "zenml_pin.git.include_conditions",
        "zenml_pin.git.objects.commit_node",
        "zenml_pin.git.objects.memory_source",
        "zenml_pin.git.objects.tag",
        "zenml_pin.git.index.binary_search",
        "zenml_pin.git.index.sparse_index",
        "zenml_pin.git.index.split_index",
        "zenml_pin.git.status.converted_content",
        "zenml_pin.git.status.kinds",
        "zenml_pin.git.status.submodule",
        "zenml_pin.importing.native_loader",
        "zenml_pin.importing.other_repositories",
        "zenml_pin.pins.attachment",
        "zenml_pin.pins.checkout",
        "zenml_pin.pins.class_paths",
        "zenml_pin.pins.load_failures",
        "zenml_pin.pins.releases",
        "zenml_pin.workspace",
    ),
    # Interfaces: for type checkers alone.
    *("zenml_pin.base.path_change", "zenml_pin.git.interfaces", "zenml_pin.git.objects.file_tree"),
}
if sys.version_info >= (3, 13):
    # In older versions, importlib.util and linecache import most of these themselves.
    NOT_NEEDED |= {"collections", "contextlib", "enum", "functools", "keyword", "re", "threading", "warnings"}

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to others")


def files(value: int) -> dict[str, Any]:
    """A step that must be rewritten."""
    return {"trainers": {"__init__.py": f"VALUE = {value}\n", "step.py": TEXT.format(value)}}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The path of the cache's folder, which does not exist yet."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("ZENML_PIN_CACHE", str(folder))
    return folder


@pytest.fixture
def first(repo: Repo) -> str:
    """A packed commit of value 1; HEAD, packed as well, has value 2."""
    first = commit(repo, files(1))
    commit(repo, files(2))
    pack(repo)
    return first


@pytest.fixture(autouse=True)
def fresh() -> Iterator[Callable[[], None]]:
    """Forget what this process knows, as if it were new."""

    with forgotten():
        yield forget


def load(repo: Repo, commit_id: str) -> Any:
    """Load the value of a commit's class."""
    cls: Any = zenml_pin.load(f"{NAME}@{commit_id}", repo=repo.path)
    return cls.value


def entries(folder: Path) -> list[Path]:
    """Return the files of the cache, sorted by name."""
    return sorted(path for path in folder.iterdir() if not path.name.startswith("."))


def is_code(path: Path) -> bool:
    """Tell whether an entry holds code, not an object."""
    return path.read_bytes().startswith(b"code ")


def test_without_the_variable_nothing_is_written(repo: Repo, first: str, tmp_path: Path) -> None:
    """P2; an empty variable counts as no variable."""
    os.environ["ZENML_PIN_CACHE"] = ""
    before = snapshot(tmp_path)

    assert load(repo, first) == 1

    assert snapshot(tmp_path) == before


def test_repository_stays_as_it_was(repo: Repo, first: str, folder: Path) -> None:
    """P2: only the cache is written."""
    before = snapshot(Path(repo.path))

    assert load(repo, first) == 1

    assert snapshot(Path(repo.path)) == before
    assert entries(folder)


def test_folder_and_entries_are_the_users_alone(repo: Repo, first: str, folder: Path) -> None:
    """The modes are 0700 and 0600, whatever the umask is."""
    old = os.umask(0)
    try:
        load(repo, first)
    finally:
        os.umask(old)

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def start(script: str, *flags: str) -> subprocess.Popen[str]:
    """Start a new process, without a site-packages that would import the libraries in question."""
    root = str(Path(zenml_pin.__file__).parents[1])
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([root, *sys.path])}
    command = [sys.executable, "-S", *flags, "-c", script]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


def run(repo: Repo, commit_id: str, *flags: str, first: str = "pass", last: str = "pass") -> str:
    """Load in a new process; return the value, which `last` may set, and the libraries that the load imported."""
    script = (
        f"import sys; {first}; import zenml_pin; "
        f"value = zenml_pin.load({NAME + '@' + commit_id!r}, repo={repo.path!r}).value; {last}; "
        f"print(value, *sorted({NOT_NEEDED!r} & set(sys.modules)))"
    )
    process = start(script, *flags)
    output, _ = process.communicate()
    assert process.returncode == 0
    return output.strip()


@pytest.mark.skipif(
    sys.version_info < (3, 15), reason="older importlib.util and inspect import re themselves"
)
def test_load_without_the_cache_needs_no_patterns(repo: Repo) -> None:
    """`re`, with what it imports, takes a fifth of a load."""
    text = "from trainers.helper import scale\n\n\nclass MyTrainer:\n    value = scale(1)\n"
    helper = "def scale(x):\n    return x\n"
    commit_id = commit(repo, {"trainers": {"__init__.py": "", "step.py": text, "helper.py": helper}})

    assert {"re", "enum", "functools", "collections"}.isdisjoint(run(repo, commit_id).split())


def test_load_that_the_cache_answers_needs_no_dulwich_and_no_parser(
    repo: Repo, first: str, folder: Path
) -> None:
    """The second process opens no pack, compiles nothing, and imports nothing that only few repositories need."""
    assert "zenml_pin.git.storage.packs" in run(repo, first)

    assert run(repo, first) == "1"


def test_load_that_the_cache_answers_imports_few_modules(repo: Repo, first: str, folder: Path) -> None:
    """Each one takes a quarter of a millisecond, half a percent of the process."""
    run(repo, first)
    count = "value = sum(name.startswith('zenml_pin') and '.at.' not in name for name in sys.modules)"

    assert int(run(repo, first, last=count).split()[0]) <= 66


@pytest.mark.slow
def test_other_optimisation_level_has_its_own_code(repo: Repo, folder: Path) -> None:
    """An `assert` that -O left out is back without it."""
    text = (
        "class MyTrainer:\n    value = 2\n    try:\n        assert not value\n        value = 1\n"
        "    except AssertionError:\n        pass\n"
    )
    commit_id = commit(repo, {"trainers": {"step.py": text}})

    assert run(repo, commit_id, "-O").startswith("1")
    assert run(repo, commit_id).startswith("2")
    assert run(repo, commit_id, "-O").startswith("1")


def test_other_python_has_its_own_code(
    repo: Repo, first: str, folder: Path, fresh: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bytecode of another version would crash this interpreter."""
    load(repo, first)
    before = [path for path in entries(folder) if is_code(path)]
    fresh()
    monkeypatch.setattr(code_cache, "MAGIC_NUMBER", b"\x01\x02\r\n")

    assert load(repo, first) == 1

    after = [path for path in entries(folder) if is_code(path)]
    assert len(after) == 2 * len(before)


def test_other_release_of_the_rewriter_has_its_own_code(
    repo: Repo, first: str, folder: Path, fresh: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The cache does not use code that an older release rewrote differently."""
    load(repo, first)
    before = len(entries(folder))
    fresh()
    monkeypatch.setattr(code_cache, "REWRITER_VERSION", 10_000)

    assert load(repo, first) == 1
    assert len(entries(folder)) > before


def test_other_routes_are_compiled_anew(
    repo: Repo, folder: Path, tmp_path: Path, fresh: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name was an installed library and is the repository's own in a later commit: each goes to the right module."""
    library = tmp_path / "library"
    library.mkdir()
    (library / "chosen_by_route.py").write_text("VALUE = 'library'\n")
    monkeypatch.syspath_prepend(library)
    step = {
        "trainers": {
            "step.py": "import chosen_by_route\n\nclass MyTrainer:\n    value = chosen_by_route.VALUE\n"
        }
    }
    outside = commit(repo, step)
    inside = commit(repo, step | {"chosen_by_route.py": "VALUE = 'commit'\n"})

    for _ in range(2):
        fresh()
        assert load(repo, outside) == "library"
        fresh()
        assert load(repo, inside) == "commit"


def damage_by_cutting(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def damage_by_emptying(path: Path) -> None:
    path.write_bytes(b"")


def damage_by_a_flipped_bit(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-len(data) // 3] ^= 1
    path.write_bytes(data)


def damage_by_zeros(path: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


def damage_by_a_link(path: Path) -> None:
    target = path.with_name(".moved")
    path.rename(target)
    path.symlink_to(target)


def damage_by_a_fifo(path: Path) -> None:
    path.unlink()
    os.mkfifo(path, 0o600)


def damage_by_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def damage_by_opening_it_to_others(path: Path) -> None:
    path.chmod(0o666)


DAMAGES = {name[10:]: value for name, value in list(globals().items()) if name.startswith("damage_by_")}


@pytest.mark.quick(every=8)
@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_damaged_entry_counts_as_absent(
    repo: Repo, first: str, folder: Path, fresh: Callable[[], None], damage: Callable[[Path], None]
) -> None:
    """P1: damage every entry in turn; the class is still the commit's, and nothing hangs or crashes."""
    load(repo, first)
    good = {path.name: path.read_bytes() for path in entries(folder)}
    for name in good:
        shutil.rmtree(folder)
        folder.mkdir(mode=0o700)
        for other, data in good.items():
            (folder / other).write_bytes(data)
            (folder / other).chmod(0o600)
        damage(folder / name)
        fresh()

        assert load(repo, first) == 1


@pytest.mark.slow
def test_entries_that_changed_names_are_not_believed(
    repo: Repo, first: str, folder: Path, fresh: Callable[[], None]
) -> None:
    """P1: each entry contains its own name, so a sound entry in the wrong place is ignored."""
    load(repo, first)
    load(repo, commit(repo, files(2), base=first))
    contents = [path.read_bytes() for path in entries(folder)]
    assert len(contents) > 4
    for turn in range(1, len(contents)):
        for number, path in enumerate(entries(folder)):
            path.write_bytes(contents[(number + turn) % len(contents)])
        fresh()

        assert load(repo, first) == 1


def test_false_object_is_not_believed(
    repo: Repo, first: str, folder: Path, fresh: Callable[[], None]
) -> None:
    """P1: an attacker who writes entries with valid checksums still cannot pass off other content as an object."""
    load(repo, first)
    kept = cache.current()
    assert kept is not None
    false = MemorySource()
    blob = false.add("blob", FORGED.encode())
    tree = false.add(
        "tree", b"100644 __init__.py\0" + bytes.fromhex(blob) + b"100644 step.py\0" + bytes.fromhex(blob)
    )
    keys = [path.read_bytes().partition(b"\n")[0].decode() for path in entries(folder)]
    objects = [key for key in keys if key.startswith("object ")]
    assert len(objects) > 4
    for key in objects:
        kept.put(key, b"tree\0" + next(false.copies(tree, 10**6))[1])
    for path in entries(folder):
        if is_code(path):
            path.unlink()
    fresh()

    assert load(repo, first) == 1


def forge(folder: Path) -> None:
    """Put other code into every entry that has code, as anyone who may write there can do."""
    kept = cache.current()
    assert kept is not None
    for path in entries(folder):
        if is_code(path):
            key = path.read_bytes().partition(b"\n")[0].decode()
            forged = marshal.dumps(compile(FORGED, "forged", "exec"))
            roots, places, ways, _ = marshal.loads(path.read_bytes().split(b"\n", 2)[2])
            kept.put(key, marshal.dumps((roots, places, ways, forged)))


def test_code_is_trusted_as_pycache_is_and_not_by_audits(
    repo: Repo, first: str, folder: Path, fresh: Callable[[], None]
) -> None:
    """The README says what the cache trusts; `cache.unused()` uses none of it."""
    load(repo, first)
    forge(folder)
    fresh()

    assert load(repo, first) == 666

    with cache.unused():
        assert cache.current() is None
        zenml_pin.unload(first)
        assert load(repo, first) == 1
    zenml_pin.unload(first)
    assert load(repo, first) == 666


def test_without_the_cache_nothing_is_kept(repo: Repo, first: str, folder: Path) -> None:
    """An audit neither reads nor writes it."""
    with cache.unused():
        assert load(repo, first) == 1

    assert not folder.exists()


@pytest.mark.quick(every=2)
@pytest.mark.parametrize("jobs", [1, 2])
def test_audit_leaves_the_cache_alone(repo: Repo, first: str, folder: Path, jobs: int) -> None:
    """It neither reads nor writes it; nor do the processes that it starts, even to try whether a class loads."""
    document = (
        "version: '1'\n"
        "pipeline: {name: one, type: training, source: zenml_pin.pipelines.TrainingPipeline@zenml_0.1.0}\n"
        f"steps:\n  training: {{source: {NAME}@{first}, args: {{}}}}\n"
    )
    commit(repo, files(2) | {"pipelines": {"one.yaml": document}, ".zenml": {".zenml_config": ""}})

    report = audit(repo=repo.path, load=True, jobs=jobs)

    assert [pin.load.outcome for pin in report.pins if pin.load] == ["loaded"]
    assert not folder.exists()


def test_check_keeps_facts_and_believes_no_code_from_the_cache(
    repo: Repo, first: str, folder: Path, fresh: Callable[[], None]
) -> None:
    """The second answer is the first one; no object and no code is kept, and an audit does not use the facts."""
    document = (
        "version: '1'\n"
        "pipeline: {name: one, type: training, source: zenml_pin.pipelines.TrainingPipeline@zenml_0.1.0}\n"
        f"steps:\n  training: {{source: {NAME}@{first}, args: {{}}}}\n"
    )
    commit(repo, files(2) | {"pipelines": {"one.yaml": document}, ".zenml": {".zenml_config": ""}})
    with cache.unused():
        without = check(repo=repo.path)

    answers = [check(repo=repo.path), check(repo=repo.path)]

    assert answers == [without, without]
    keys = [path.read_bytes().partition(b"\n")[0].decode() for path in entries(folder)]
    assert {key.split()[0] for key in keys} >= {"text", "module", "pin", "commit"}
    assert not any(key.startswith(("object ", "code")) for key in keys)
    before = {path: path.read_bytes() for path in entries(folder)}
    for path in entries(folder):
        path.write_bytes(b"false\n" + path.read_bytes())
    assert audit(repo=repo.path).pins == audit(repo=repo.path).pins
    for path, content in before.items():
        path.write_bytes(content)


def test_verify_leaves_the_cache_alone(repo: Repo, first: str, folder: Path) -> None:
    """Every object is read from the repository."""
    assert verify(f"{NAME}@{first}", repo=repo.path).is_intact

    assert not folder.exists()


def test_commit_of_one_repository_is_not_anothers(
    repo: Repo, first: str, folder: Path, tmp_path: Path, fresh: Callable[[], None]
) -> None:
    """The working tree that a load checks belongs to the repository that has the commit."""
    other = init(tmp_path / "other")
    commit(other, files(3))
    load(repo, first)
    fresh()

    with pytest.raises(zenml_pin.CommitNotFoundError):
        load(other, first)


def test_keys_are_never_mixed_up(folder: Path) -> None:
    """A path may contain a line end, or text that looks like one."""
    kept = cache.current()
    assert kept is not None
    keys = ["a\nb", "a\\nb", "a\\\nb", "a\\\\nb", "a\udcffb"]
    for key in keys:
        kept.put(key, key.encode("utf-8", "surrogateescape"))

    assert [kept.get(key) for key in keys] == [key.encode("utf-8", "surrogateescape") for key in keys]


def test_entry_that_is_too_long_to_read_is_not_written(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The longest entry that is written can also be read."""
    monkeypatch.setattr(cache, "_LIMIT", 1000)
    kept = cache.current()
    assert kept is not None
    for length in range(1001):
        kept.put(f"code {length:4}", bytes(length))

    lengths = {
        len(content) for length in range(1001) if (content := kept.get(f"code {length:4}")) is not None
    }
    assert lengths == set(range(len(entries(folder))))
    assert len(lengths) > 900


def test_folders_that_take_turns_are_opened_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However often the variable changes, the number of open files does not grow."""

    def turn() -> int:
        for name in ("one", "two"):
            monkeypatch.setenv("ZENML_PIN_CACHE", str(tmp_path / name))
            kept = cache.current()
            assert kept is not None
            kept.put(name, b"")
        return len(os.listdir("/proc/self/fd"))

    assert turn() == turn()
    assert {len(entries(tmp_path / name)) for name in ("one", "two")} == {1}


def test_clean_check_is_never_cached(repo: Repo, first: str, folder: Path, fresh: Callable[[], None]) -> None:
    """P6: an uncommitted edit is refused, whatever is in the cache."""
    load(repo, first)
    fresh()
    Path(repo.join("trainers", "step.py")).write_text(TEXT.format(3))

    with pytest.raises(zenml_pin.UncommittedChangesError):
        load(repo, first)


@pytest.mark.parametrize("mode", [0o755, 0o770, 0o701, 0o1777])
def test_folder_that_others_may_enter_is_not_used(repo: Repo, first: str, folder: Path, mode: int) -> None:
    """One warning; the class is loaded without the cache."""
    folder.mkdir()
    folder.chmod(mode)

    with pytest.warns(RuntimeWarning, match="is not used: another user owns it or may enter it"):
        assert load(repo, first) == 1

    assert list(folder.iterdir()) == []
    zenml_pin.unload(first)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert load(repo, first) == 1


@pytest.mark.slow
def test_worker_processes_do_not_repeat_the_warning(
    repo: Repo, first: str, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The process that started them has told it."""
    folder.mkdir()
    folder.chmod(0o755)
    with pytest.warns(zenml_pin.UnusedCacheWarning):
        load(repo, first)

    with ProcessesBackend() as backend:
        assert backend.submit(zenml_pin.load, f"{NAME}@{first}").result().value == 1
    assert capfd.readouterr().err == ""


@as_root
def test_folder_of_another_user_is_not_used(repo: Repo, first: str, folder: Path) -> None:
    """The owner of a folder can put anything into it."""
    folder.mkdir(mode=0o700)
    os.chown(folder, 65534, 65534)

    with pytest.warns(RuntimeWarning, match="is not used"):
        assert load(repo, first) == 1
    assert list(folder.iterdir()) == []


@as_root
def test_entry_of_another_user_is_not_believed(
    repo: Repo, first: str, folder: Path, fresh: Callable[[], None]
) -> None:
    """Whether the entry is sound or not."""
    load(repo, first)
    forge(folder)
    for path in entries(folder):
        os.chown(path, 65534, 65534)
    fresh()

    assert load(repo, first) == 1


@pytest.mark.parametrize("cache_folder", ["/proc/zenml-pin-cache", "{file}/cache", "\udcff\udcfe/{long}"])
def test_folder_that_cannot_be_made_is_ignored(
    repo: Repo, first: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cache_folder: str
) -> None:
    """P8: on a read-only disk, silently."""
    file = tmp_path / "file"
    file.write_text("")
    monkeypatch.setenv("ZENML_PIN_CACHE", cache_folder.format(file=file, long="x" * 300))

    assert load(repo, first) == 1


@pytest.mark.quick(every=2)
@pytest.mark.parametrize("limit", [0, 100])
def test_full_disk_is_ignored(repo: Repo, first: str, folder: Path, limit: int) -> None:
    """A write that fails half-way leaves no partial entry, and there is no message."""
    full = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))"

    assert run(repo, first, "-B", first=full).startswith("1")

    assert [
        path for path in folder.iterdir() if path.stat().st_size >= limit or path.name.startswith(".")
    ] == []


def test_folder_that_vanishes_is_ignored(
    repo: Repo, first: str, folder: Path, fresh: Callable[[], None]
) -> None:
    """Entries, or the whole folder, may be deleted at any time."""
    load(repo, first)
    shutil.rmtree(folder)
    fresh()

    assert load(repo, first) == 1


@pytest.mark.slow
def test_several_processes_may_write_at_once(repo: Repo, first: str, folder: Path) -> None:
    """Each process loads the right class, and all entries are complete."""
    source = f"{NAME}@{first}"
    script = (
        "import zenml_pin\n"
        "for _ in range(5):\n"
        f"    value = zenml_pin.load({source!r}, repo={repo.path!r}).value\n"
        f"    zenml_pin.unload({first!r})\n"
        "print(value)"
    )
    with ExitStack() as block:
        started = [block.enter_context(ended(start(script))) for _ in range(4)]
        outputs = [process.communicate()[0] for process in started]

    assert outputs == ["1\n"] * 4
    assert run(repo, first) == "1"
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]


@pytest.mark.slow
def test_process_killed_while_writing_leaves_whole_entries(
    repo: Repo, first: str, folder: Path, fresh: Callable[[], None]
) -> None:
    """An entry is complete or absent, whenever its writer is killed."""
    script = (
        "from zenml_pin import cache\nkept = cache.current()\nprint(flush=True)\n"
        "while True:\n    for number in range(20): kept.put(f'code {number}', bytes([number]) * 2**20)\n"
    )
    for delay in (0.01, 0.02, 0.05):
        with ended(start(script)) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(delay)
            process.send_signal(signal.SIGKILL)

        kept = cache.current()
        assert kept is not None
        contents = [kept.get(f"code {number}") for number in range(20)]
        assert {len(content) for content in contents if content is not None} <= {2**20}
        assert len(entries(folder)) == len([content for content in contents if content is not None])
    assert load(repo, first) == 1


def test_sha256_repository_is_cached(tmp_path: Path, folder: Path, fresh: Callable[[], None]) -> None:
    """The placeholder has the length of the repository's ids."""
    repo = init(tmp_path / "long", object_format="sha256")
    first = commit(repo, files(1))
    commit(repo, files(2))
    pack(repo)
    for _ in range(2):
        fresh()
        assert load(repo, first) == 1
        assert sys.modules[f"{pinned_root(first)}.trainers.step"].__name__.count(first) == 1


def test_two_commits_with_one_blob_share_an_entry(
    repo: Repo, first: str, folder: Path, fresh: Callable[[], None]
) -> None:
    """Each commit's code carries its own id, also when it comes from the cache."""
    later = commit(repo, {"other.py": ""}, base=first)
    load(repo, first)
    codes = [path for path in entries(folder) if is_code(path)]
    fresh()

    assert load(repo, later) == 1

    assert [path for path in entries(folder) if is_code(path)] == codes
    module = sys.modules[f"{pinned_root(later)}.trainers.step"]
    assert module.trainers.__name__ == f"{pinned_root(later)}.trainers"
