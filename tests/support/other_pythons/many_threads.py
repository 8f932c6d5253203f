"""Load versions of one class in many threads: REPOSITORY ID...; version n of the class has the value n.

Prints as JSON whether the GIL is in use, what went wrong, and how many versions are loaded.
"""

from __future__ import annotations

import json
import sys
import threading

import zenml_pin

THREADS = 8
TURNS = 40
SOURCE = "trainers.step.MyTrainer"


def main(repo: str, commits: list[str]) -> int:
    """All threads begin at once and go through the versions, each from another one on."""
    wrong: list[str] = []
    start = threading.Barrier(THREADS)

    def load(number: int) -> None:
        start.wait()
        for turn in range(TURNS):
            version = (number + turn) % len(commits)
            try:
                cls = zenml_pin.load(f"{SOURCE}@{commits[version]}", repo=repo)
                value = cls().value()
            except Exception as error:
                wrong.append(f"{type(error).__name__}: {error}")
                continue
            if value != version:
                wrong.append(f"version {version} has the value {value}")

    threads = [threading.Thread(target=load, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    has_gil = getattr(sys, "_is_gil_enabled", lambda: True)()
    print(json.dumps({"gil": has_gil, "wrong": wrong, "modules": len(_pinned())}))
    return 0


def _pinned() -> list[str]:
    return [name for name in sys.modules if name.startswith("zenml_pin.at.g") and name.endswith(".step")]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
