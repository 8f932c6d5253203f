"""Settings, attributes and hooks that name a command; and `.git` files that lead to another repository.

A command would write a canary file, and an audit hook sees every process that starts.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import zenml_pin
from tests.support.git.hostile_git_files import HOSTILE_GIT_FILES
from tests.support.repositories import Repo, commit, init
from tests.support.trust.hostile_case import EPOCHS, STEP, Case, Cases, Make, sound
from tests.support.trust.watch_execution import processes
from zenml_pin.errors import NotARepositoryError, PinError, UnsupportedError

_COMMANDS = """
    core.fsmonitor core.hooksPath core.pager core.editor core.sshCommand core.askPass core.gitProxy
    core.alternateRefsCommand core.attributesFile core.excludesFile diff.external diff.x.textconv diff.x.command
    filter.x.clean filter.x.smudge filter.x.process merge.x.driver mergetool.x.cmd gpg.program gpg.ssh.program
    gpg.ssh.defaultKeyCommand sequence.editor interactive.diffFilter uploadpack.packObjectsHook credential.helper
    trailer.x.command browser.x.cmd man.x.cmd help.browser pager.status init.templateDir receive.procReceiveRefs
"""
COMMANDS = {
    **{name: f"{name} = CANARY" for name in _COMMANDS.split()},
    "alias.status": "alias.status = !CANARY",
    "submodule.x.update": "submodule.x.update = !CANARY",
    "remote.x.url": "remote.x.url = ext::CANARY",
    "remote.x.vcs": "remote.x.vcs = CANARY",
    "remote.x.uploadpack": "remote.x.uploadpack = CANARY",
    "protocol.ext.allow": "protocol.ext.allow = always",
    "extensions.partialClone": "extensions.partialClone = x",
}
HOOKS = ["post-checkout", "post-index-change", "fsmonitor-watchman", "pre-commit", "reference-transaction"]
INCLUDES = {
    "of a password file": "include.path = /etc/passwd",
    "of a device": "include.path = /dev/zero",
    "of itself": "include.path = config",
    "of a FIFO": "include.path = fifo",
    "of nothing": "include.path = /nowhere",
    "of the whole disk": "includeIf.gitdir:/**.path = /etc/shadow",
}


def setting(line: str) -> Make:
    """Put a setting `a.b.c = value` into the repository's config, with every file attributed to it."""

    def make(repo: Repo) -> str:
        commit_id = sound(repo)
        os.mkfifo(os.path.join(repo.gitdir, "fifo"))
        name, _, value = line.partition(" = ")
        section, _, key = name.rpartition(".")
        first, dot, rest = section.partition(".")
        header = f'[{first} "{rest}"]' if dot else f"[{first}]"
        script = _canary_script(repo)
        with open(os.path.join(repo.gitdir, "config"), "a") as file:
            file.write(f"{header}\n\t{key} = {value.replace('CANARY', script)}\n")
        attributes = Path(repo.path, ".gitattributes")
        attributes.write_text("* filter=x diff=x merge=x\n")
        Path(repo.path, "pkg").mkdir()
        Path(repo.path, "pkg", "step.py").write_bytes(STEP)
        return commit_id

    return make


def hook(name: str) -> Make:
    """Put a hook into the repository."""

    def make(repo: Repo) -> str:
        commit_id = sound(repo)
        path = Path(repo.gitdir, "hooks", name)
        path.parent.mkdir(exist_ok=True)
        path.write_text(Path(_canary_script(repo)).read_text())
        path.chmod(0o755)
        return commit_id

    return make


def _canary_script(repo: Repo) -> str:
    path = Path(repo.gitdir, "canary.sh")
    path.write_text(f"#!/bin/sh\ntouch {repo.gitdir}/CANARY\ncat\n")
    path.chmod(0o755)
    return str(path)


def ask_all(repo: Repo, commit_id: str) -> object:
    """Load, pin, check and list; return what ran. The check raises our error for a setting that it does not know."""
    with processes() as started:
        epochs = vars(zenml_pin.load(f"pkg.step.A@{commit_id}", repo=repo.path, allow_dirty=True))["epochs"]
        for ask in (
            lambda: zenml_pin.status("pkg", repo=repo.path),
            lambda: zenml_pin.pin("pkg.step.A", repo=repo.path, strict=True),
            lambda: zenml_pin.pin("pkg.step.A", repo=repo.path, commit="HEAD"),
        ):
            _quietly(ask)
    return epochs, started, os.path.exists(os.path.join(repo.gitdir, "CANARY"))


def _quietly(ask: Callable[[], object]) -> None:
    try:
        ask()
    except PinError as error:
        if "root:" in str(error):
            raise AssertionError("a line of an included file is told") from error


_NOTHING_RAN: tuple[int, list[str], bool] = (EPOCHS, [], False)


def elsewhere(content: Callable[[Repo], bytes]) -> Make:
    """Make the worktree's `.git` a file."""

    def make(repo: Repo) -> str:
        commit_id = sound(repo)
        os.rename(repo.gitdir, repo.path + ".moved")
        Path(repo.path, ".git").write_bytes(content(repo))
        return commit_id

    return make


def _constant(content: bytes) -> Callable[[Repo], bytes]:
    return lambda repo: content


def _other(repo: Repo) -> bytes:
    other = init(repo.path + "-other")
    commit(other, {"pkg": {"step.py": "class A:\n    epochs = 666\n"}})
    return f"gitdir: {other.gitdir}\n".encode()


def _common(path: str) -> Make:
    def make(repo: Repo) -> str:
        commit_id = sound(repo)
        Path(repo.gitdir, "commondir").write_text(path)
        return commit_id

    return make


def _worktree(path: str) -> Make:
    def make(repo: Repo) -> str:
        return setting(f"core.worktree = {path}")(repo)

    return make


CASES: Cases = {
    **{f"{name} is a command": Case(setting(line), _NOTHING_RAN, ask_all) for name, line in COMMANDS.items()},
    **{f"hook {name}": Case(hook(name), _NOTHING_RAN, ask_all) for name in HOOKS},
    **{f"an include {name}": Case(setting(line), _NOTHING_RAN, ask_all) for name, line in INCLUDES.items()},
    # The other repository does not have the pin's commit, so the load is refused.
    "a .git file that leads to another repository": Case(elsewhere(_other), PinError),
    "a .git file that leads to where it was moved": Case(
        elsewhere(lambda repo: f"gitdir: {repo.path}.moved\n".encode()), EPOCHS
    ),
    **{
        f".git is {name}": Case(elsewhere(_constant(content)), NotARepositoryError)
        for name, content in HOSTILE_GIT_FILES.items()
    },
    "a commondir that leads nowhere": Case(_common("/nowhere\n"), NotARepositoryError),
    "a commondir that leads to a device": Case(_common("/dev/zero\n"), NotARepositoryError),
    "a commondir that leads to itself": Case(_common(".\n"), EPOCHS),
    "a worktree at the root of the disk": Case(_worktree("/"), EPOCHS),
    "a worktree in a device": Case(_worktree("/dev/null"), EPOCHS),
    "an empty worktree": Case(_worktree(""), UnsupportedError),
}
