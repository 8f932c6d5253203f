"""All settings that git would apply to a repository, later files over earlier ones.

    system, XDG, ~/.gitconfig, the repository's config, its config.worktree, GIT_CONFIG_COUNT, GIT_CONFIG_PARAMETERS

Includes are followed where they stand. Nothing that a setting names is run.

Sources: git-config(1), "FILES", "Includes", "ENVIRONMENT".
"""

from __future__ import annotations

import os
from io import BytesIO

from dulwich.config import ConfigFile

from zenml_pin import environment
from zenml_pin.errors import UnsupportedError
from zenml_pin.git.config import Settings, flatten, is_true
from zenml_pin.git.files import read_regular
from zenml_pin.git.layout import Layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_LIMIT = 2**20
_SYSTEM = "/etc/gitconfig"


def repository_settings(layout: Layout, branch: str | None) -> Settings:
    """Return the settings that hold in a repository.

    Args:
        layout: The repository.
        branch: Full name of the branch that is checked out, for `includeIf "onbranch:..."`.

    Raises:
        UnsupportedError: A file is damaged or unreadable, or asks for what is not supported.
    """
    settings: Settings = {}
    for path in [*_user_files(), os.path.join(layout.commondir, "config")]:
        settings |= _read(path, layout, branch)
    if is_true(settings.get(("extensions", "worktreeconfig"))):
        settings |= _read(os.path.join(layout.gitdir, "config.worktree"), layout, branch)
    try:
        pairs = environment.git_config_pairs()
    except ValueError as error:
        raise UnsupportedError(f"GIT_CONFIG_PARAMETERS cannot be read: {error}") from error
    return settings | {_key(name): value for name, value in pairs}


def expand(path: str, root: str) -> str:
    """Return a path that a setting names as an absolute one: `~` is a home folder, the root is git's cwd."""
    return os.path.join(root, os.path.expanduser(path))


def _user_files() -> list[str]:
    system, user, no_system = environment.git_config_files()
    files = [] if no_system else [_SYSTEM if system is None else system]
    if user is not None:
        return [*files, user] if user else files
    if folder := environment.config_home():
        files.append(os.path.join(folder, "git", "config"))
    if home := environment.home():
        files.append(os.path.join(home, ".gitconfig"))
    return files


def _read(path: str, layout: Layout, branch: str | None) -> Settings:
    reader = _Reader(os.path.dirname(path), layout, branch)
    try:
        data = read_regular(path, _LIMIT)
        if not data:
            return {}
        if b"include" not in data.lower():
            return flatten(ConfigFile.from_file(BytesIO(data), expand_includes=False))
        return flatten(
            ConfigFile.from_file(
                BytesIO(data),
                config_dir=reader.folders[-1],
                file_opener=reader.open,
                condition_matchers=reader.conditions(),
            )
        )
    except UnsupportedError:
        raise
    except Exception:
        # From None: the parser's own message quotes the file, which may be one the caller must not see.
        raise UnsupportedError(f"git configuration '{path}' cannot be read") from None


def _key(name: str) -> tuple[str, ...]:
    section, _, rest = name.partition(".")
    subsection, dot, last = rest.rpartition(".")
    return (section.lower(), subsection, last.lower()) if dot else (section.lower(), last.lower())


class _Reader:
    """Opens included files, and judges the conditions of `includeIf`."""

    def __init__(self, folder: str, layout: Layout, branch: str | None) -> None:
        self.folders = [folder]
        self._layout = layout
        self._branch = branch

    def open(self, path: str | os.PathLike[str]) -> BytesIO:
        """Open an included file; its folder is where its own conditions start from."""
        path = os.fspath(path)
        data = read_regular(path, _LIMIT)
        if data is None:
            raise FileNotFoundError(path)
        return _Included(data, self.folders, os.path.dirname(path))

    def conditions(self) -> dict[str, Callable[[str], bool]]:
        """Return a judge for each kind of condition."""
        return {
            "gitdir:": lambda pattern: self._in_gitdir(pattern, 0),
            "gitdir/i:": lambda pattern: self._in_gitdir(pattern, 1),
            "onbranch:": self._on_branch,
            "hasconfig:": self._refuse,
        }

    def _in_gitdir(self, pattern: str, ignore_case: int) -> bool:
        pattern = os.path.expanduser(pattern)
        if pattern.startswith("./"):
            pattern = os.path.realpath(self.folders[-1]) + pattern[1:]
        elif not pattern.startswith("/"):
            pattern = f"**/{pattern}"
        return _matches(pattern, self._layout.gitdir, bool(ignore_case))

    def _on_branch(self, pattern: str) -> bool:
        branch = self._branch or ""
        return branch.startswith("refs/heads/") and _matches(pattern, branch.removeprefix("refs/heads/"))

    def _refuse(self, pattern: str) -> bool:
        raise UnsupportedError(
            f"git configuration has includeIf 'hasconfig:{pattern}', which is not evaluated"
        )


class _Included(BytesIO):
    """An included file; while it is read, its folder lies on top of the stack."""

    def __init__(self, data: bytes, folders: list[str], folder: str) -> None:
        super().__init__(data)
        self._folders = folders
        self._folder = folder

    def __enter__(self) -> _Included:
        self._folders.append(self._folder)
        return self

    def __exit__(self, *_: object) -> None:
        self._folders.pop()


def _matches(pattern: str, text: str, ignore_case: bool = False) -> bool:
    from zenml_pin.git.wildmatch import compile_path

    matcher = compile_path(os.fsencode(pattern + "**" if pattern.endswith("/") else pattern), ignore_case)
    return matcher is not None and matcher.fullmatch(os.fsencode(text)) is not None
