"""Imports where this package cannot read its own files any more: no file descriptor is free, or they are gone."""

from __future__ import annotations

import subprocess
import sys

from tests.support.repositories import Repo, commit

# What takes all file descriptors that are free, and gives them back.
HOLDER = """
import os, resource
held = []

def take():
    held.append(os.open(os.devnull, os.O_RDONLY))
    resource.setrlimit(resource.RLIMIT_NOFILE, (held[0] + 8, held[0] + 8))
    try:
        while True:
            held.append(os.dup(held[0]))
    except OSError:
        pass

def give_back():
    while held:
        os.close(held.pop())
"""
TAKE = "import __main__\n__main__.take()\n"
# What a module does then, and how the error of a load begins.
GREEDY = {
    "missing_library": ("import no_such_library", "PinnedImportError: ModuleNotFoundError: No module named"),
    "missing_name": ("from sys import no_such_name", "PinnedImportError: ImportError: cannot import name"),
    "broken_text": (
        "compile('x y', '<zenml-pin>/a.py@' + '0' * 40, 'exec')",
        "PinnedImportError: SyntaxError: invalid syntax",
    ),
    "no_class": ("", "PinnedImportError: 'User' in module 'no_class' cannot be looked at"),
    "function": ("def User(): pass", "PinnedImportError: 'User' in module 'function' cannot be looked at"),
}
LOAD_EACH = """
import sys, zenml_pin
for name in sys.argv[3:]:
    try:
        zenml_pin.load(f"{name}.User@{sys.argv[2]}", repo=sys.argv[1])
    except BaseException as error:
        give_back()
        text = str(error).partition("failed while it was imported: ")[2] or str(error)
        print(f"{type(error).__name__}: {text}".replace(f" at commit {sys.argv[2]}", ""))
    give_back()
"""

USER = """\
class User:
    def use(self):
        return __import__("json").__name__
"""


def test_library_that_is_imported_already_is_found(repo: Repo) -> None:
    """By code that is routed for the first time then: no import of this package is needed."""
    head = commit(repo, {"user.py": USER})
    script = f"""{HOLDER}
import json, zenml_pin
user = zenml_pin.load("user.User@{head}", repo={repo.path!r})()
take()
try:
    name = user.use()
finally:
    give_back()
print(name)
"""

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)

    assert (done.stdout, done.stderr) == ("json\n", "")


def test_module_that_leaves_none_fails_as_others_do(repo: Repo) -> None:
    """Its own error is in the text, also where nothing can be imported any more that explains it."""
    files = {f"{name}.py": f"{TAKE}{body}\n" for name, (body, _) in GREEDY.items()}
    files["modest.py"] = "import no_such_library\n"
    head = commit(repo, {**files, "requirements.txt": "no_such_library==2\n"})
    # The first is loaded again when the explanation is imported, and has only to read the requirements.
    names = [*GREEDY, "modest", "missing_library"]

    done = subprocess.run(
        [sys.executable, "-c", HOLDER + LOAD_EACH, repo.path, head, *names],
        capture_output=True,
        text=True,
        check=False,
    )

    lines = done.stdout.splitlines()
    assert done.stderr == ""
    assert len(lines) == len(names)
    for name, line in zip(names, lines, strict=True):
        assert line.startswith(GREEDY.get(name, GREEDY["missing_library"])[1])


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
