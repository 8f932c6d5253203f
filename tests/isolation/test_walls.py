"""What a trial may do behind the walls, how it ends, and what it can say."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.support.isolation.harm_targets import KEY
from tests.support.isolation.sandboxed_trials import ALL, NAMESPACES, QUICK, try_code
from tests.support.repositories import Repo, commit
from zenml_pin import isolated
from zenml_pin.errors import UnpinnedError, UnsupportedError
from zenml_pin.isolation.channel import LONGEST_LINE, Lines, format_line, parse_line
from zenml_pin.isolation.limits import TrialLimits
from zenml_pin.isolation.parent import Request, run_trial
from zenml_pin.isolation.trial import TrialEvent
from zenml_pin.isolation.walls import WALLS
from zenml_pin.isolation.walls_here import standing_walls

HAS_NAMESPACES = "processes" in standing_walls().names
needs_namespaces = pytest.mark.skipif(not HAS_NAMESPACES, reason=f"no namespaces: {standing_walls().text}")
needs_landlock = pytest.mark.skipif(
    "files" not in standing_walls().names, reason=f"no Landlock: {standing_walls().text}"
)
WAYS = {"all walls": (), "no namespaces": NAMESPACES, "no walls": ALL}


@pytest.fixture(params=list(WAYS.values()), ids=list(WAYS))
def left_out(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """Walls that are not there: on every machine, a trial ends as it should."""
    return tuple(request.param)


@pytest.mark.slow
def test_walls_are_told(repo: Repo) -> None:
    """Those that there are, and why each of the others is missing."""
    walls = try_code(repo, "").walls

    assert walls is not None
    assert walls == standing_walls()
    assert {*walls.names, *walls.missing} == set(WALLS)
    assert set(walls.names).isdisjoint(walls.missing)


@pytest.mark.quick(every=10)
@pytest.mark.parametrize("wall", WALLS)
def test_one_missing_wall_is_told_and_the_others_are_put_up(repo: Repo, wall: str) -> None:
    """With the reason; without a user namespace there are no others of them, and Landlock is three walls."""
    trial = try_code(repo, "", left_out=(wall,))
    expected = {"user": set(NAMESPACES), "files": {"files", "tcp", "signals"}}.get(wall, {wall})

    assert trial.outcome == "loaded"
    assert trial.walls is not None
    if wall not in ("tcp", "signals"):
        assert set(trial.walls.missing) == expected | set(standing_walls().missing)
        assert trial.walls.missing[wall]


@pytest.mark.quick(every=7)
@needs_landlock
@pytest.mark.parametrize("version", range(1, 8))
def test_each_version_of_landlock(repo: Repo, tmp_path: Path, version: int) -> None:
    """Files are closed in all; TCP needs the fourth, signals need the sixth."""
    if version > standing_walls().landlock_abi:
        pytest.skip("this kernel is older")
    secret = tmp_path / "secret"
    secret.write_text(KEY)
    trial = try_code(repo, f"open({str(secret)!r})", landlock_abi=version, left_out=NAMESPACES)

    assert trial.outcome == "failed"
    assert trial.walls is not None
    assert trial.walls.landlock_abi == version
    assert ("tcp" in trial.walls.names, "signals" in trial.walls.names) == (version >= 4, version >= 6)


@pytest.mark.slow
@needs_landlock
def test_signals_of_an_old_kernel_are_the_filters_matter(repo: Repo) -> None:
    """Without Landlock's scopes and without namespaces, only its own process is reached."""
    with subprocess.Popen([sys.executable, "-I", "-S", "-c", "import time; time.sleep(60)"]) as process:
        code = f"import os\nos.kill(os.getpid(), 0)\nos.kill({process.pid}, 15)"
        trial = try_code(repo, code, landlock_abi=5, left_out=NAMESPACES)
        is_alive = process.poll() is None
        process.kill()

    assert "PermissionError" in trial.message
    assert is_alive


def test_require_refuses_where_a_wall_is_missing(repo: Repo) -> None:
    """Before any of the code runs."""
    trial = try_code(repo, "print('ran')", mode="require", left_out=("mounts",))

    assert (trial.outcome, trial.printed) == ("refused", "")


@pytest.mark.slow
def test_require_loads_where_none_is_missing(repo: Repo) -> None:
    """As auto does."""
    trial = try_code(repo, "", mode="require")

    assert trial.outcome == ("loaded" if standing_walls().are_complete else "refused")


@pytest.mark.quick(every=11)
@pytest.mark.parametrize(
    ("code", "outcome", "message"),
    [
        ("", "loaded", ""),
        ("raise ValueError('no')", "failed", "ValueError: no"),
        ("import no_such_library", "failed", "No module named 'no_such_library'"),
        ("raise SystemExit(3)", "failed", "SystemExit: 3"),
        ("import os; os._exit(3)", "stopped", "with exit code 3"),
        ("import os; os.kill(os.getpid(), 9)", "stopped", "by signal SIGKILL"),
        ("import os; os.abort()", "stopped", "by signal SIGABRT"),
        ("bytearray(10**10)", "stopped", "more than 256 MB"),
        ("import os; os.closerange(3, 100)", "stopped", "without an answer"),
        ("import os; os.fork()", "loaded", ""),
        ("import os; assert os.fork() == 0", "failed", "AssertionError"),
    ],
    ids=lambda value: str(value)[:24],
)
def test_trial_ends_as_one_without_walls(
    repo: Repo, left_out: tuple[str, ...], code: str, outcome: str, message: str
) -> None:
    """Whatever the code does, and however many walls there are."""
    trial = try_code(repo, code, left_out=left_out)

    assert (trial.outcome, message in trial.message) == (outcome, True), trial.message


@pytest.mark.quick(every=5)
@pytest.mark.parametrize(
    "code",
    [
        "while True: pass",
        "import time; time.sleep(99)",
        "import os; os.fork(); os.pause()",
        "import signal; signal.setitimer(signal.ITIMER_REAL, 0); signal.pause()",
    ],
)
def test_trial_that_does_not_end_is_stopped(repo: Repo, left_out: tuple[str, ...], code: str) -> None:
    """At its limit, with all of its processes."""
    if "os.pause" in code:
        code = "import os, signal; os.fork(); signal.pause()"
    trial = try_code(repo, code, left_out=left_out, limits=TrialLimits(seconds=0.5, megabytes=256))

    assert (trial.outcome, trial.message) == ("stopped", "it was stopped after 0.5 seconds")


# It goes on when the other program runs, which closes the pipe.
ESCAPE = """
import os, sys, time
reader, writer = os.pipe()
if os.fork() == 0:
    try: os.setsid()
    except OSError: pass
    if os.fork() == 0:
        os.execve(sys.executable, [sys.executable, "-I", "-S", "-c", "import time; time.sleep(60) # {mark}"], {{}})
    os._exit(0)
os.close(writer)
os.read(reader, 1)
time.sleep({seconds})
"""


@pytest.mark.quick(every=6)
@pytest.mark.parametrize("seconds", [0, 60], ids=["code ends", "code is stopped"])
def test_no_process_stays(repo: Repo, tmp_path: Path, left_out: tuple[str, ...], seconds: int) -> None:
    """Also one that leaves the session, has another parent, another environment and another program."""
    mark = f"escaped-{tmp_path.name}"
    code = ESCAPE.format(mark=mark, seconds=seconds)

    limits = TrialLimits(seconds=1.5, megabytes=256) if seconds else QUICK
    trial = try_code(repo, code, left_out=left_out, limits=limits)

    assert trial.outcome == ("stopped" if seconds else "loaded")
    # A process that was killed may be there for a moment more.
    latest = time.monotonic() + 5
    while running(mark) and time.monotonic() < latest:
        time.sleep(0.05)
    assert not running(mark)


def running(mark: str) -> list[str]:
    """Return the processes whose command line has a mark."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            command = Path("/proc", name, "cmdline").read_bytes()
        except OSError:
            continue
        if mark.encode() in command and int(name) != os.getpid():
            found.append(name)
    return found


@pytest.mark.slow
def test_trial_ends_with_the_process_that_asked(repo: Repo, tmp_path: Path) -> None:
    """At once: the life line is cut."""
    head = commit(repo, {"trainers": {"step.py": "import time; time.sleep(50) # \nclass Mine: pass\n"}})
    code = "import sys; from zenml_pin import isolated; isolated.load(sys.argv[1], repo=sys.argv[2])"
    with subprocess.Popen([sys.executable, "-c", code, f"trainers.step.Mine@{head}", repo.path]) as process:
        deadline = time.monotonic() + 20
        while not (children := descendants(process.pid)) and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(0.5)
        children = descendants(process.pid)
        process.kill()
    deadline = time.monotonic() + 10
    while any(map(is_running, children)) and time.monotonic() < deadline:
        time.sleep(0.05)

    assert children
    assert not any(map(is_running, children))


def descendants(pid: int) -> list[int]:
    """Return the children of a process, and theirs."""
    parents = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            parents[int(name)] = int(Path("/proc", name, "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    found = [child for child, parent in parents.items() if parent == pid]
    return [*found, *(grandchild for child in found for grandchild in descendants(child))]


def is_running(pid: int) -> bool:
    """Tell whether a process has not ended."""
    try:
        return Path("/proc", str(pid), "stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


@pytest.mark.slow
def test_trial_ends_when_nobody_waits(repo: Repo) -> None:
    """When `stop` is set."""
    head = commit(repo, {"trainers": {"step.py": "import time; time.sleep(99)\nclass Mine: pass\n"}})
    stop = threading.Event()
    threading.Timer(0.5, stop.set).start()

    from zenml_pin.isolation.sandboxed import try_source
    from zenml_pin.pins.lookup import get_repository
    from zenml_pin.source import Source

    source = Source.parse(f"trainers.step.Mine@{head}")
    trial = try_source(source, get_repository(repo.path), QUICK, mode="auto", stop=stop)

    assert trial.outcome == "stopped"
    assert trial.seconds < QUICK.seconds


@pytest.mark.slow
@needs_namespaces
def test_processes_are_few(repo: Repo) -> None:
    """Where the kernel counts them for a namespace, also those of root."""
    if not standing_walls().is_counted and os.geteuid() == 0:
        pytest.skip("not promised here: this kernel does not count the processes of a namespace")
    code = """
import os, time
made = 0
try:
    while made < 500:
        if os.fork() == 0:
            time.sleep(30)
            os._exit(0)
        made += 1
except OSError as error:
    print(made, type(error).__name__)
"""
    trial = try_code(repo, code)

    made, error = trial.printed.split()
    assert int(made) < 301
    assert error == "BlockingIOError"


@pytest.mark.slow
@needs_namespaces
def test_private_folder_is_bounded(repo: Repo) -> None:
    """It is in memory, and as large as the limit of memory."""
    code = """
try:
    for n in range(40):
        with open(f'file{n}', 'wb') as f: f.write(bytes(10**7))
except OSError as error:
    print(n, error.errno)
"""
    trial = try_code(repo, code, limits=TrialLimits(seconds=20, megabytes=64))

    assert trial.printed.split() == ["6", "28"]


@pytest.mark.quick(every=3)
def test_private_folder_is_home_and_gone_afterwards(repo: Repo, left_out: tuple[str, ...]) -> None:
    """It is the current folder, where temporary files go, and the only one that is written."""
    code = (
        "import os, tempfile\nos.mkdir('closed'); open('closed/file', 'w').close(); os.chdir('/')\n"
        "print(os.path.expanduser('~'), tempfile.gettempdir(), len(tempfile.mkdtemp()) > 3, os.environ['HOME'])"
    )
    trial = try_code(repo, code, left_out=left_out)

    home, temporary, is_made, variable = trial.printed.split()
    assert home == temporary == variable
    assert is_made == "True"
    assert not os.path.exists(home)


@pytest.mark.slow
def test_environment_is_what_is_needed(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """And what is named."""
    for name in ("FAKE_TOKEN", "FAKE_NEEDED", "OMP_NUM_THREADS", "LC_TIME"):
        monkeypatch.setenv(name, "1")
    code = "import os; print(*sorted(os.environ))"

    names = try_code(repo, code, env_pass=("FAKE_NEEDED",)).printed.split()

    assert "FAKE_TOKEN" not in names
    assert {"FAKE_NEEDED", "OMP_NUM_THREADS", "LC_TIME", "HOME", "TMPDIR"} <= set(names)


FORGE = """
import gc, os, json
line = json.dumps({"answer": {"outcome": "loaded", "message": "forged"}, "end": 0, "refused": "forged"})
for n in range(3, 64):
    for text in (line, "0" * 32 + " " + line, line * 3, "\\n" * 100, "x" * 70000):
        try: os.write(n, text.encode() + b"\\n")
        except OSError: break
os._exit(7)
"""


@pytest.mark.quick(every=3)
def test_lines_without_the_key_are_not_read(repo: Repo, left_out: tuple[str, ...]) -> None:
    """Code that writes to every descriptor gives no answer."""
    trial = try_code(repo, FORGE, left_out=left_out)

    assert trial.outcome == "stopped"
    assert "exit code 7" in trial.message
    assert not any("forged" in event.text for event in trial.events)


KEYED = """
import gc, os, json, sys
frame = sys._getframe()
while frame and "key" not in frame.f_locals: frame = frame.f_back
key = frame.f_locals["key"]
for message in (
    {"walls": ["forged"], "missing": {}, "abi": 99, "counted": True},
    {"end": 0},
    {"refused": "forged", "arguments": []},
    {"event": {"what": "forged", "target": ["x"] * 9, "denied": 1, "by": None}},
    {"answer": {"outcome": "loaded", "message": "forged"}},
):
    os.write(3, f"{key} {json.dumps(message)}\\n".encode())
os._exit(7)
"""


def test_code_that_finds_the_key_forges_its_answer_and_no_more(repo: Repo) -> None:
    """It runs in the process that answers. Walls, refused calls and the end are told by others, or before it ran."""
    trial = try_code(repo, KEYED)

    assert (trial.outcome, trial.message) == ("loaded", "forged")
    assert trial.walls == standing_walls()
    assert not any(event.is_proven for event in trial.events)
    assert [event.what for event in trial.events] == ["forged"]


@pytest.mark.slow
def test_events_are_bounded(repo: Repo) -> None:
    """And so is what one of them says."""
    code = """
for n in range(2000):
    try: open(f"/etc/{n}-" + "x" * 200 + "\\x1b", "w")
    except OSError: pass
    try: open("/etc/" + "x" * 5000, "w")
    except OSError: pass
"""
    trial = try_code(repo, code)

    assert trial.outcome == "loaded"
    assert 100 < len(trial.events) <= 400
    assert max(len(event.target) for event in trial.events) <= 300
    assert not any("\x1b" in event.text for event in trial.events)


@pytest.mark.slow
def test_message_is_bounded(repo: Repo) -> None:
    """Whatever the code raises."""
    trial = try_code(repo, "raise ValueError('x' * 10**6)")

    assert trial.outcome == "failed"
    assert len(trial.message) <= 500


@pytest.mark.slow
def test_facts_are_bounded(repo: Repo) -> None:
    """A class may have any number of names, and say anything."""
    code = """
class Mine:
    locals().update({f"member{n}": n for n in range(5000)})
    __doc__ = "y" * 10**6
    def method(self, rows: list = [1], *, epochs=3) -> dict:
        "Do it."
    @property
    def size(self): "How large."
    @staticmethod
    def other(): ...
    @classmethod
    def third(cls): ...
print("x" * 10**6)
print("\\x1b[2J")
Base = Mine
"""
    head = commit(repo, {"trainers": {"step.py": code}})

    trial = isolated.load(f"trainers.step.Mine@{head}", repo=repo.path)

    facts = trial.facts
    assert facts is not None
    assert facts["name"] == "Mine"
    assert len(facts["documentation"]) == 2000
    assert len(facts["members"]) == 200
    assert facts["members_left_out"] == 4804
    assert len(trial.printed) == 10_000


@pytest.mark.slow
def test_facts_say_what_a_reader_of_the_class_would(repo: Repo) -> None:
    """Names, kinds, signatures and documentation, and what the code printed."""
    code = '''
print("hello")
class Base: ...
class Mine(Base):
    """A trainer."""
    epochs = 3
    def __init__(self, rows=1): ...
    def train(self, rows: list, *, epochs=3) -> dict:
        """Train."""
    @property
    def size(self):
        """How large."""
    @staticmethod
    def other(a): ...
    @classmethod
    def third(cls, b): ...
'''
    head = commit(repo, {"trainers": {"step.py": code}})

    trial = isolated.load(f"trainers.step.Mine@{head}", repo=repo.path)

    assert trial.printed == "hello\n"
    assert trial.facts is not None
    assert trial.facts["signature"] == "(rows=1)"
    assert trial.facts["documentation"] == "A trainer."
    assert trial.facts["bases"][0].endswith("trainers.step.Base")
    assert [tuple(member.values()) for member in trial.facts["members"]] == [
        ("epochs", "attribute", "int", ""),
        ("train", "method", "(self, rows: list, *, epochs=3) -> dict", "Train."),
        ("size", "property", "", "How large."),
        ("other", "static method", "(a)", ""),
        ("third", "class method", "(cls, b)", ""),
    ]


HOSTILE_CLASS = """
import sys
class Meta(type):
    def __getattribute__(cls, name):
        if name in ("__module__", "__qualname__", "__bases__", "__doc__", "__signature__", "__dict__"):
            raise SystemExit("no")
        return super().__getattribute__(name)
class Mine(metaclass=Meta):
    __signature__ = 3
"""


@pytest.mark.slow
def test_class_that_refuses_to_be_read_is_loaded(repo: Repo) -> None:
    """There are no facts, or few of them."""
    head = commit(repo, {"trainers": {"step.py": HOSTILE_CLASS}})

    trial = isolated.load(f"trainers.step.Mine@{head}", repo=repo.path)

    assert trial.outcome in ("loaded", "failed")


@pytest.mark.slow
def test_code_that_needs_more_of_its_commit_is_tried_with_all_of_it(repo: Repo) -> None:
    """A module that is imported by a computed name, and a file that is read as data."""
    code = "import importlib\nname = 'oth' + 'ers.deep'\nimportlib.import_module(name)\nclass Mine: pass\n"
    files = {
        "trainers": {"__init__.py": "", "step.py": code},
        "others": {"__init__.py": "", "deep.py": "x = 1\n"},
    }
    head = commit(repo, files)
    limits = TrialLimits(seconds=20, megabytes=256)
    source = f"trainers.step.Mine@{head}"

    without = run_trial(Request(source, repo.path, mode="off"), limits)
    behind = isolated.load(source, repo=repo.path)

    assert (without.outcome, behind.outcome) == ("loaded", "loaded"), behind.message


@pytest.mark.slow
def test_modules_of_a_folder_that_contains_the_repository(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are imported, also when the folder has changed since; its names, and those below it, cannot be listed."""
    (tmp_path / "beside.py").write_text("")
    (tmp_path / "beside_too").mkdir()
    (tmp_path / "beside_too" / "__init__.py").write_text("from beside_too import inner")
    (tmp_path / "beside_too" / "inner.py").write_text("")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    code = (
        "import importlib, os, sys\nimport beside\nimportlib.invalidate_caches()\nimport beside_too\n"
        f"for path in ({str(tmp_path)!r}, {repo.path!r}):\n"
        "    try: print('listed', os.listdir(path))\n    except OSError: pass\n"
    )

    trial = try_code(repo, code)

    assert (trial.outcome, trial.message) == ("loaded", "")
    assert "files" not in standing_walls().names or trial.printed == ""


def test_unpinned_source_is_refused(repo: Repo) -> None:
    """An isolated load is of a commit."""
    with pytest.raises(UnpinnedError):
        isolated.load("trainers.step.Mine", repo=repo.path)


@pytest.mark.parametrize("mode", ["off", "always"])
def test_unknown_mode_is_refused(repo: Repo, mode: str) -> None:
    """An isolated load without isolation is a contradiction."""
    head = commit(repo, {"trainers": {"step.py": "class Mine: pass\n"}})

    with pytest.raises(UnsupportedError, match=mode):
        isolated.load(f"trainers.step.Mine@{head}", repo=repo.path, sandbox=mode)


def test_lines_are_bounded() -> None:
    """A line that is too long says so; a stream that is too long ends."""
    line = format_line("k", {"text": "x" * LONGEST_LINE})
    lines = Lines()
    count = sum(len(lines.add(b"x" * 1023 + b"\n")) for _ in range(10_000))

    assert parse_line("k", line[:-1]) == {"too_long": len('k {"text": "') + LONGEST_LINE + 3}
    assert count == 512


@pytest.mark.parametrize(
    "line", [b"", b"k", b"k {", b"k []", b"x {}", b"k " + b"[" * 5000, b'k "x"', b"\xff {}"]
)
def test_line_that_is_none_has_no_message(line: bytes) -> None:
    """And raises nothing."""
    assert parse_line("k", line) == {}


def test_event_of_any_message_is_text() -> None:
    """Nothing of it is believed but its form."""
    event = TrialEvent.of({"event": {"what": None, "target": {"a": ["\x1b"]}, "denied": "yes", "by": 3}})

    assert event is not None
    assert not event.is_denied
    assert "\x1b" not in event.text
