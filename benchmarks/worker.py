"""A process that loads pins in one way: `python worker.py PEER REPOSITORY`.

Each line of stdin is a task, each line of stdout an answer.
"""

from __future__ import annotations

import json
import sys
import time
from importlib import import_module
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "peers"))


def main(peer: str, repo: str) -> None:
    """Answer each task with the seconds that it took, the versions of the classes, and the peak in MiB."""
    loader = import_module(peer).Loader(repo)
    for line in sys.stdin:
        commits, unit, module, cls = json.loads(line)
        start = time.perf_counter()
        versions = [loader.load(commit_id, unit, module, cls).version for commit_id in commits]
        seconds = time.perf_counter() - start
        print(json.dumps([seconds, versions, peak()]), flush=True)


def peak() -> float:
    """Return the peak of this process's memory in MiB; getrusage would count its parent's too."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


if __name__ == "__main__":
    main(*sys.argv[1:])
