"""Other programs that write git repositories: each makes the same two commits in its own way.

A writer gets an empty folder. It leaves a repository with `VERSIONS` of `pkg/step.py`, one commit each, the last one
checked out. A new writer is a new function with `@writer`; it is skipped if something that it needs is missing.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

VERSIONS = tuple(f"class S:\n    v = {number}\n" for number in (1, 2))
OTHERS = {
    "pkg/__init__.py": b"",
    "pkg/data.bin": bytes(range(256)) * 40,
    "pkg/deep/er/x.txt": b"x\n",
    "README.md": "# Über\n".encode(),
}
AUTHOR = {
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.org",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.org",
    "GOT_AUTHOR": "Ada <ada@example.org>",
}


@dataclass(frozen=True)
class Writer:
    """A writer.

    Attributes:
        write: Makes the repository in a folder; calls the given function twice to write the files.
        lacks: Returns what is missing; "" if nothing is.
    """

    write: Callable[[str], None]
    lacks: Callable[[], str]


WRITERS: dict[str, Writer] = {}


def writer(
    needs: str = "", module: str = "", probe: tuple[str, ...] = ()
) -> Callable[[Callable[[str], None]], Callable[[str], None]]:
    """Add a function that needs a program, which runs where it is asked for its version, or a Python module."""

    def lacks() -> str:
        if needs and shutil.which(needs) is None:
            return f"there is no '{needs}' on PATH"
        if probe and subprocess.run([needs, *probe], capture_output=True, check=False).returncode:
            return f"'{needs}' is installed, and '{' '.join(probe)}' fails"
        return f"there is no module '{module}'" if module and find_spec(module) is None else ""

    def add(function: Callable[[str], None]) -> Callable[[str], None]:
        WRITERS[function.__name__] = Writer(function, lacks)
        return function

    return add


def put_files(root: str, version: int) -> list[str]:
    """Write the files of a version; return their paths."""
    files = {**OTHERS, "pkg/step.py": VERSIONS[version].encode()}
    for path, data in files.items():
        full = Path(root, path)
        full.parent.mkdir(parents=True, exist_ok=True)
        full.write_bytes(data)
    return sorted(files)


def run(root: str, *args: str) -> str:
    """Run a program in a folder."""
    done = subprocess.run(
        args, cwd=root, env={**os.environ, **AUTHOR}, capture_output=True, timeout=120, check=False
    )
    if done.returncode:
        raise AssertionError(f"{args}: {os.fsdecode(done.stdout + done.stderr)}")
    return os.fsdecode(done.stdout)


@writer(module="dulwich")
def dulwich(root: str) -> None:
    from dulwich import porcelain

    porcelain.init(root)
    for version in range(len(VERSIONS)):
        paths = put_files(root, version)
        porcelain.add(root, [os.path.join(root, path) for path in paths])
        porcelain.commit(root, message=b"next", author=b"Ada <a@b>", committer=b"Ada <a@b>")
    porcelain.tag_create(root, b"v1", author=b"Ada <a@b>", message=b"one", annotated=True)


@writer(module="pygit2")
def libgit2(root: str) -> None:
    pygit2 = import_module("pygit2")
    repo = pygit2.init_repository(root, initial_head="main")
    who = pygit2.Signature("Ada", "ada@example.org", 1610366400, 0)
    for version in range(len(VERSIONS)):
        put_files(root, version)
        repo.index.add_all()
        repo.index.write()
        parents = [] if repo.head_is_unborn else [repo.head.target]
        repo.create_commit("HEAD", who, who, "next", repo.index.write_tree(), parents)
    repo.create_tag("v1", repo.head.target, pygit2.GIT_OBJECT_COMMIT, who, "one")


# Debian's own `jgit` names a class that it does not have.
_JGIT = ("-cp", "/usr/share/java/*", "org.eclipse.jgit.pgm.Main")


@writer(needs="java", probe=(*_JGIT, "version"))
def jgit(root: str) -> None:
    run(root, "java", *_JGIT, "init")
    run(root, "git", "config", "user.name", "Ada")
    run(root, "git", "config", "user.email", "ada@example.org")
    for version in range(len(VERSIONS)):
        paths = put_files(root, version)
        run(root, "java", *_JGIT, "add", *paths)
        run(root, "java", *_JGIT, "commit", "-m", "next")
    run(root, "java", *_JGIT, "tag", "v1")


@writer(needs="npm")
def isomorphic_git(root: str) -> None:
    packages = f"{root}-npm"
    os.makedirs(packages)
    run(packages, "npm", "install", "--silent", "--no-audit", "--no-fund", "isomorphic-git")
    for version in range(len(VERSIONS)):
        paths = put_files(root, version)
        script = f"""
            const fs = require('fs'), git = require('isomorphic-git'), dir = {root!r};
            (async () => {{
                await git.init({{fs, dir, defaultBranch: 'main'}});
                for (const filepath of {paths!r}) await git.add({{fs, dir, filepath}});
                await git.commit({{fs, dir, message: 'next', author: {{name: 'Ada', email: 'a@b'}}}});
                const tagger = {{name: 'Ada', email: 'a@b'}};
                if ({version}) await git.annotatedTag({{fs, dir, ref: 'v1', message: 'one', tagger}});
            }})().catch(error => {{ console.error(error); process.exit(1) }});
        """
        run(packages, "node", "-e", script)


def _by_git(root: str, before: Callable[[], object] = lambda: None) -> None:
    run(root, "git", "init", "-q", "-b", "main")
    before()
    for version in range(len(VERSIONS)):
        put_files(root, version)
        run(root, "git", "add", "-A")
        run(root, "git", "commit", "-q", "-m", "next")


@writer(needs="git-lfs")
def git_lfs(root: str) -> None:
    def before() -> None:
        run(root, "git", "lfs", "install", "--local")
        run(root, "git", "lfs", "track", "*.bin")

    _by_git(root, before)


@writer(needs="git-annex")
def git_annex(root: str) -> None:
    _by_git(root)
    run(root, "git", "annex", "init", "here")
    Path(root, "pkg", "large.dat").write_bytes(bytes(10_000))
    run(root, "git", "annex", "add", "--force-large", "pkg/large.dat")
    run(root, "git", "annex", "unlock", "pkg/large.dat")
    run(root, "git", "commit", "-q", "-m", "large")


@writer(needs="git-crypt")
def git_crypt(root: str) -> None:
    def before() -> None:
        run(root, "git-crypt", "init")
        Path(root, ".gitattributes").write_text("*.bin filter=git-crypt diff=git-crypt\n")

    _by_git(root, before)


@writer(needs="jj")
def jujutsu(root: str) -> None:
    run(root, "jj", "git", "init", "--colocate")
    for version in range(len(VERSIONS)):
        put_files(root, version)
        run(root, "jj", "commit", "-m", "next")


@writer(needs="got")
def game_of_trees(root: str) -> None:
    bare = f"{root}-got.git"
    run(os.path.dirname(root), "gotadmin", "init", bare)
    put_files(f"{root}-import", 0)
    run(os.path.dirname(root), "got", "import", "-r", bare, "-m", "next", f"{root}-import")
    run(os.path.dirname(root), "got", "checkout", bare, f"{root}-work")
    Path(f"{root}-work", "pkg", "step.py").write_text(VERSIONS[1])
    run(f"{root}-work", "got", "commit", "-m", "next")
    # Its working trees differ from git's, so git checks out what it wrote.
    run(os.path.dirname(root), "git", "clone", "-q", bare, root)
