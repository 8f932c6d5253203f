"""Ten steps that need nothing but Python and the dependencies, for Pythons that are not promised.

Two more steps say what is missing there: `doctor`, and a backend of processes.

    python ten_steps.py FOLDER SOURCE BUNDLE DOCUMENT

FOLDER is a workspace, where SOURCE is a pinned class that DOCUMENT names; BUNDLE has the class. Prints JSON:
{step: [exit code, output, errors]}.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
import traceback
from collections.abc import Callable

Outcome = tuple[object, str, str]


def outcome_of(step: Callable[[], object]) -> Outcome:
    """Return what a step returns, and what it writes."""
    output, errors = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
        try:
            code = step()
        except BaseException:
            traceback.print_exc()
            code = "it raised an exception"
    return code, output.getvalue(), errors.getvalue()


def command(*arguments: str) -> Callable[[], object]:
    """Return a step that runs a command."""

    def run() -> object:
        from zenml_pin.cli import main

        return main(list(arguments))

    return run


def open_bundle(bundle: str) -> None:
    """Print what a bundle holds."""
    import zenml_pin

    print(zenml_pin.Bundle.open(bundle).verify())


def load_from_bundle(source: str, bundle: str) -> None:
    """Print what a class from a bundle has, and where the class is."""
    import zenml_pin

    loaded = zenml_pin.load(source, repo=bundle)
    print(loaded.__module__, loaded(epochs=3).epochs)


def open_processes() -> None:
    """Open a backend of processes, or print why there is none."""
    from zenml_pin.backends import ProcessesBackend
    from zenml_pin.errors import BackendError

    try:
        with ProcessesBackend():
            print("processes")
    except BackendError as error:
        print(error, error.hint)


def main(folder: str, source: str, bundle: str, document: str) -> dict[str, Outcome]:
    """Run the steps; return what each gave."""
    os.chdir(folder)
    steps: dict[str, Callable[[], object]] = {
        "open a bundle": lambda: open_bundle(bundle),
        "load": lambda: load_from_bundle(source, bundle),
        "cat": command("cat", source),
        "verify": command("verify", bundle),
        "run": command("run", document, "--allow-dirty"),
        "status": command("status", "trainers"),
        "check": command("check"),
        "audit": command("audit"),
        "diff": command("diff", source),
        "demo": command("demo"),
        "doctor": command("doctor"),
        "processes": open_processes,
    }
    return {name: outcome_of(step) for name, step in steps.items()}


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
