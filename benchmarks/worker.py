"""A process that loads pins in one way: `python worker.py PEER REPOSITORY`.

A task a line on stdin, an answer a line on stdout.
"""

from __future__ import annotations

import json
import resource
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
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps([seconds, versions, peak]), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
