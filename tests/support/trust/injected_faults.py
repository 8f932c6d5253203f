"""The faults: errors from the system, injected by strace; limits of the process; kills and interrupts."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass

from tests.support.trust.line_process import LineProcess

WRITES = "write,pwrite64,fsync,fdatasync,rename,renameat,renameat2,mkdir,mkdirat,ftruncate,fchmod"
# The n-th call fails (n+ : this and all later ones), for each n until the operation makes fewer calls.
INJECTED = {
    "ENOSPC": f"inject={WRITES}:error=ENOSPC:when=%d+",
    "EIO, once": f"inject=read,pread64,getdents64,{WRITES}:error=EIO:when=%d",
    "EIO, from then on": f"inject=read,pread64,getdents64,{WRITES}:error=EIO:when=%d+",
    "EMFILE": "inject=openat,open,dup,fcntl:error=EMFILE:when=%d+",
    "EACCES": "inject=openat,open,mkdir,rename,unlink:error=EACCES:when=%d",
    "EROFS": f"inject={WRITES},unlink,unlinkat:error=EROFS:when=%d+",
    "kill -9": "inject=all:signal=KILL:when=%d",
    "SIGINT": "inject=all:signal=INT:when=%d",
}
_MOMENTS = (1, 2, 3, 5, 8, 13, 21)
# Of all calls, the most frequent one counts.
_LATER = (34, 55, 89, 144, 233)
MOMENTS = {fault: _MOMENTS + _LATER * ("inject=all" in how) for fault, how in INJECTED.items()}
LIMITS = ("NOFILE=0", "NOFILE=1", "NOFILE=2", "NOFILE=3", "NOFILE=6", "FSIZE=0", "FSIZE=100", "FSIZE=5000")


def can_trace() -> str | None:
    """Return the reason why no fault can be injected here; None if faults can be."""
    if shutil.which("strace") is None:
        return "there is no strace"
    done = subprocess.run(
        ["strace", "-o", os.devnull, "-e", "inject=getppid:error=EIO", sys.executable, "-c", ""],
        capture_output=True,
        text=True,
        check=False,
    )
    return None if done.returncode == 0 else f"strace does not work here: {done.stderr.strip()[:100]}"


@dataclass(frozen=True)
class Came:
    """The outcome of one operation: its exit code, negative for a signal, and None if it hangs."""

    code: int | None
    output: str


class Operator(LineProcess):
    """A process that carries out operations in its own children."""

    def __init__(self, warm: str) -> None:
        super().__init__("tests.support.trust.operations_under_faults", warm)
        self.expect("ready")

    def do(self, operation: str, repo: str, inject: str = "", limit: str = "", seconds: float = 40) -> Came:
        """Carry out an operation, with or without a fault."""
        self.send(f"{operation}\t{repo}\t{limit}")
        pid = int(self.read())
        if not limit:
            _wait_until_stopped(pid)
        tracer = _trace(pid, inject) if inject else None
        if not limit:
            os.kill(pid, signal.SIGCONT)
        alarm = subprocess.Popen(["sh", "-c", f"sleep {seconds}; kill -TERM {pid}"], start_new_session=True)
        try:
            code = int(self.read())
        finally:
            os.killpg(alarm.pid, signal.SIGKILL)
            alarm.wait()
            if tracer is not None:
                tracer.communicate()
        return Came(None if code == -signal.SIGTERM else code, self.errors())


def _trace(pid: int, inject: str) -> subprocess.Popen[str]:
    """Attach strace to a stopped process; return when it is attached."""
    command = ["strace", "-o", os.devnull, "-p", str(pid), "-e", inject]
    tracer = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert tracer.stderr is not None
    line = tracer.stderr.readline()
    assert "attached" in line, f"'{line}', exit code {tracer.poll()}"
    return tracer


def _wait_until_stopped(pid: int) -> None:
    """Wait for a child that stops itself; a child that is traced before that continues too early."""
    state = ""
    while state != "T":
        time.sleep(0.001)
        with open(f"/proc/{pid}/stat") as file:
            state = file.read().rpartition(")")[2].split()[0]
