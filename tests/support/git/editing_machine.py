"""A machine that edits a repository step by step and compares with git after each step."""

from __future__ import annotations

import os
import shutil
import tempfile

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.support.git.compare_with_git import judge
from tests.support.git.scenario_repository import make_box

PATHS = [
    "pkg/step.py",
    "pkg/crlf.txt",
    "pkg/deep/inner.py",
    "pkg/deep/er/new.py",
    "pkg/a.log",
    "other/thing.py",
]
FOLDERS = ["pkg/deep", "pkg", "other"]
CONTENTS = [b"", b"a = 1\n", b"b = 2\n", b"a = 1\r\n", b"a\r", b"\0\n"]
PLACES = st.sampled_from(PATHS)


class Editing(RuleBasedStateMachine):
    """Edits, stagings and commits: we call every path dirty that git calls dirty, and a check changes nothing."""

    @initialize(autocrlf=st.sampled_from(["true", "input", "false"]), mode=st.booleans())
    def start(self, autocrlf: str, mode: bool) -> None:
        self.place = tempfile.mkdtemp()
        self.box = make_box(os.path.join(self.place, "repo"), os.path.join(self.place, "outside"))
        self.box.config("core.autocrlf", autocrlf)
        self.box.config("core.fileMode", str(mode).lower())

    def teardown(self) -> None:
        shutil.rmtree(self.place, ignore_errors=True)

    def _clear(self, path: str) -> None:
        for end in (path, os.path.dirname(path), os.path.dirname(os.path.dirname(path))):
            full = self.box.at(end)
            if os.path.lexists(full) and (end == path or os.path.islink(full) or not os.path.isdir(full)):
                self.box.remove(end)

    @rule(path=PLACES, content=st.sampled_from(CONTENTS))
    def write(self, path: str, content: bytes) -> None:
        self._clear(path)
        self.box.write(path, content)

    @rule(path=st.sampled_from(PATHS + FOLDERS), text=st.sampled_from(["step.py", "deep", "nowhere"]))
    def link(self, path: str, text: str) -> None:
        self._clear(path)
        self.box.link(path, text)

    @rule(path=st.sampled_from(PATHS + FOLDERS))
    def remove(self, path: str) -> None:
        if os.path.lexists(self.box.at(path)):
            self.box.remove(path)

    @rule(path=PLACES, mode=st.sampled_from([0o644, 0o755]))
    def chmod(self, path: str, mode: int) -> None:
        if os.path.isfile(self.box.at(path)):
            self.box.chmod(path, mode)

    @rule(path=PLACES, folder=st.sampled_from(FOLDERS))
    def rename(self, path: str, folder: str) -> None:
        if os.path.isfile(self.box.at(path)) and os.path.isdir(self.box.at(folder)):
            os.replace(self.box.at(path), self.box.at(f"{folder}/moved.py"))

    @rule(path=st.sampled_from([*PATHS, "."]))
    def stage(self, path: str) -> None:
        self.box.git("add", "-A", "--", path, may_fail=True)

    @rule(path=PLACES)
    def untrack(self, path: str) -> None:
        self.box.git("rm", "-q", "--cached", "--", path, may_fail=True)

    @rule()
    def unstage(self) -> None:
        self.box.git("reset", "-q", may_fail=True)

    @rule()
    def commit(self) -> None:
        self.box.git("commit", "-qam", "a change", may_fail=True)

    @rule(line=st.sampled_from([b"*.py", b"!*.py", b"deep/", b"/pkg/*", b"*.txt"]))
    def ignore(self, line: bytes) -> None:
        self.box.write(".gitignore", self.box.read(".gitignore") + line + b"\n")

    @rule(line=st.sampled_from([b"* text=auto", b"*.py text", b"*.py binary", b"*.txt eol=lf"]))
    def attribute(self, line: bytes) -> None:
        self.box.write(".gitattributes", line + b"\n")

    @invariant()
    def compare(self) -> None:
        if not hasattr(self, "box"):
            return
        for judgement in judge(self.box.root, ("pkg", ""), self.place):
            assert not judgement.is_false_clean, str(judgement)
            assert not judgement.unlisted, str(judgement)
