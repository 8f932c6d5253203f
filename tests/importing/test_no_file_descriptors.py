"""Code that leaves no file descriptor free: what it imports from memory, or what Python has already, still works."""

from __future__ import annotations

import subprocess
import sys

from tests.support.repositories import Repo, commit

HOLDER = """\
import os, resource


class Holder:
    def fill(self):
        self.held = [os.open(os.devnull, os.O_RDONLY)]
        resource.setrlimit(resource.RLIMIT_NOFILE, (self.held[0] + 8, self.held[0] + 8))
        try:
            while True:
                self.held.append(os.dup(self.held[0]))
        except OSError:
            pass

    def use(self):
        return __import__("json").__name__

    def free(self):
        for descriptor in self.held:
            os.close(descriptor)
"""


def test_library_that_is_imported_already_is_found(repo: Repo) -> None:
    """By code that is routed for the first time then: no import of this package is needed."""
    head = commit(repo, {"holder.py": HOLDER})
    script = f"""
import json, zenml_pin
holder = zenml_pin.load("holder.Holder@{head}", repo={repo.path!r})()
holder.fill()
try:
    name = holder.use()
finally:
    holder.free()
print(name)
"""

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)

    assert (done.stdout, done.stderr) == ("json\n", "")


def test_logging_is_imported_where_this_package_is_gone(repo: Repo) -> None:
    """As after an upgrade while the process runs: what is installed anew has other files."""
    script = """
import sys
sys.modules.pop("logging", None)
import zenml_pin.at
assert "logging" not in sys.modules

class Gone:
    def find_spec(name, path=None, target=None):
        if name.startswith("zenml_pin."):
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Gone)
import logging
print(logging.__name__)
"""

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)

    assert (done.stdout, done.stderr) == ("logging\n", "")
