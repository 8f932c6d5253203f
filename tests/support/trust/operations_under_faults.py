"""Operations to interrupt by faults: each verb of the library and the command line, each in its own process.

    python -m tests.support.trust.operations_under_faults REPOSITORY < lines of "operation repository [limit]"

All modules that the verbs need are imported, and each verb runs once in the first repository. So a later fault
hits the verb, not an import. Each line forks a child that stops itself, so that it can be traced, and continues
on SIGCONT. Its pid and, later, its exit code are printed.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress

import zenml_pin
from zenml_pin.cli import main
from zenml_pin.errors import PinError

DONE, REFUSED, SYSTEM, INTERRUPTED, FOREIGN = 0, 10, 11, 12, 13
NAME = "trainers.step.A"


def _head(repo: str) -> str:
    from zenml_pin.git.repository import GitRepository

    with GitRepository.open(repo) as repository:
        head = repository.head_commit()
    assert head is not None
    return head.id


def _load(repo: str) -> None:
    cls = zenml_pin.load(f"{NAME}@{_head(repo)}", repo=repo)
    assert vars(cls)["epochs"] == 1


def _pin(repo: str) -> None:
    assert zenml_pin.pin(NAME, repo=repo, strict=True).is_pinned


def _status(repo: str) -> None:
    if not zenml_pin.status("trainers", repo=repo).clean:
        raise PinError("not clean")


def _save(repo: str) -> None:
    pipeline = zenml_pin.Repository(repo).get_pipeline_by_name("p")
    pipeline.copy("saved").save()


def _materialize(repo: str) -> None:
    zenml_pin.unload(_head(repo))
    zenml_pin.load(f"{NAME}@{_head(repo)}", repo=repo, materialize=repo + "-files")


def _command(*arguments: str) -> Callable[[str], None]:
    def run(repo: str) -> None:
        code = main(["-q", "-C", repo, *arguments])
        if code == 130:
            raise KeyboardInterrupt
        if code:
            raise PinError(f"exit code {code}")

    return run


OPERATIONS: dict[str, Callable[[str], None]] = {
    "load": _load,
    "pin": _pin,
    "status": _status,
    "pin FILE": _command("pin", "pipelines/old.yaml"),
    "init": _command("init"),
    "save": _save,
    "run": _command("run", "p"),
    "materialize": _materialize,
    "store gc": _command("store", "gc", "--keep-runs", "1"),
}


def carry_out(operation: str, repo: str) -> int:
    """Carry out the operation once and return the exit code for its outcome."""
    try:
        OPERATIONS[operation](repo)
    except PinError:
        return REFUSED
    except KeyboardInterrupt:
        return INTERRUPTED
    except OSError:
        return SYSTEM
    except BaseException:
        # Standard error may fail too.
        with suppress(OSError):
            traceback.print_exc()
        return FOREIGN
    return DONE


def _limit(limit: str) -> None:
    """Set a limit of the process, written as in "NOFILE=20"."""
    name, _, value = limit.partition("=")
    number = int(value) + (len(os.listdir("/proc/self/fd")) if name == "NOFILE" else 0)
    kind = getattr(resource, f"RLIMIT_{name}")
    resource.setrlimit(kind, (number, resource.getrlimit(kind)[1]))


def _child(operation: str, repo: str, limit: str) -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    if limit:
        _limit(limit)
    else:
        os.kill(os.getpid(), signal.SIGSTOP)
    os._exit(carry_out(operation, repo))


def serve(warm: str) -> None:
    """Fork a child for each line of stdin."""
    sys.modules.setdefault("tests.support.trust.operations_under_faults", sys.modules[__name__])
    with open(os.devnull, "w") as nowhere:
        stdout, sys.stdout = sys.stdout, nowhere
        for operation in OPERATIONS:
            assert carry_out(operation, warm) == DONE, operation
        sys.stdout = stdout
    print("ready", flush=True)
    for line in sys.stdin:
        operation, repo, limit = line.rstrip("\n").split("\t")
        pid = os.fork()
        if not pid:
            _child(operation, repo, limit)
        print(pid, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)


if __name__ == "__main__":
    serve(sys.argv[1])
