"""Imports where this package cannot read its own files any more: no file descriptor is free, or they are gone."""

from __future__ import annotations

import subprocess
import sys

from tests.support.repositories import Repo, commit

USER = """\
class User:
    def use(self):
        return __import__("json").__name__
"""


def test_library_that_is_imported_already_is_found(repo: Repo) -> None:
    """By code that is routed for the first time then: no import of this package is needed."""
    head = commit(repo, {"user.py": USER})
    script = f"""
import json, os, resource, zenml_pin
user = zenml_pin.load("user.User@{head}", repo={repo.path!r})()
held = [os.open(os.devnull, os.O_RDONLY)]
resource.setrlimit(resource.RLIMIT_NOFILE, (held[0] + 8, held[0] + 8))
try:
    while True:
        held.append(os.dup(held[0]))
except OSError:
    pass
try:
    name = user.use()
finally:
    for descriptor in held:
        os.close(descriptor)
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
