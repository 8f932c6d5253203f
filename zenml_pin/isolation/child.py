"""The child: reads the request, and runs the trial, with or without walls.

    request      a line of JSON; then, behind walls, the bytes of a bundle
    answer       lines of `channel`, on a separate pipe

    this process      namespaces; forks and waits
    supervisor        the first process of the namespace, or this one
    code_process      imports what a load needs, puts up the walls, runs the code

Without walls this process runs the code itself, with all rights of the user. With walls, it forks before it imports: a
process that has imported little is copied quickly.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import Any

from zenml_pin.isolation.channel import format_line, send
from zenml_pin.isolation.walls import OFF


def main(arguments: list[str]) -> None:
    """Run a trial. The argument is the descriptor for the answer; the request is on stdin."""
    descriptor = int(arguments[0])
    os.set_inheritable(descriptor, False)
    stdin = sys.stdin.buffer
    request: dict[str, Any] = json.loads(stdin.readline())
    bundle = stdin.read(request["bundle"])
    if request["mode"] == OFF:
        _run_here(request, descriptor)
    else:
        _run_behind_walls(request, bundle, descriptor)


def _run_here(request: dict[str, Any], descriptor: int) -> None:
    """Load in this process. Never returns."""
    # Imports that a load itself needs do not count as memory of the code, and never come from a working tree.
    sys.path += request["path"]
    from zenml_pin import resolver
    from zenml_pin.base.script_arguments import module_of
    from zenml_pin.isolation.attempt import ignore_warnings, limit, outcome_of
    from zenml_pin.isolation.outcomes import LONGEST_MESSAGE

    sys.path[:] = request["path"]
    ignore_warnings()
    limit(request["megabytes"], request["seconds"])
    own = os.getpid()
    sys.argv[:] = [module_of(request["source"])]
    try:
        outcome, message = outcome_of(
            lambda: resolver.load(request["source"], repo=request["root"], allow_dirty=True)
        )
        # A process that the code has forked runs this line too.
        if os.getpid() == own:
            answer = {"outcome": outcome, "message": message[:LONGEST_MESSAGE]}
            send(descriptor, format_line(request["key"], {"answer": answer}))
    finally:
        # Threads and exit handlers of old code must not keep the process alive.
        os.kill(os.getpid(), signal.SIGKILL)


def _run_behind_walls(request: dict[str, Any], bundle: bytes, descriptor: int) -> None:
    """Fork the process that loads, and supervise it, or fork a supervisor too. Never returns."""
    from zenml_pin.isolation import namespaces
    from zenml_pin.isolation.supervisor import adopt_orphans, follow_parent, supervise

    missing = namespaces.unshare(request["left_out"])
    if "processes" in missing:
        adopt_orphans()
        supervise(request, bundle, missing, descriptor)
        os._exit(0)
    first = os.fork()
    if first == 0:
        try:
            follow_parent()
            supervise(request, bundle, missing, descriptor)
        finally:
            os._exit(0)
    # So that the parent reads the end of the pipe when the other process closes it.
    os.close(descriptor)
    os.waitpid(first, 0)
    os._exit(0)
