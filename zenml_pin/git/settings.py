"""All settings that git would apply to a repository, later files over earlier ones.

    system, XDG, ~/.gitconfig, the repository's config, its config.worktree, GIT_CONFIG_COUNT, GIT_CONFIG_PARAMETERS

Includes are followed in their order. Commands that a setting names are never run.

Sources: git-config(1), "FILES", "Includes", "ENVIRONMENT".
"""

from __future__ import annotations

import os

from zenml_pin.base import environment
from zenml_pin.base.bounded import Bounded
from zenml_pin.base.stat_memo import remember
from zenml_pin.git.config import GitSetting, GitSettings, is_true, read_pairs
from zenml_pin.git.layout import Layout
from zenml_pin.git.setting_values import check_value
from zenml_pin.load_errors import UnsupportedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.base.stat_memo import Memo

# git stops at the same depth, for example if files include each other.
_MAX_DEPTH = 10
_SYSTEM = "/etc/gitconfig"
_OF_WORKTREE = ("extensions", "worktreeconfig")
_KEPT = 64
_BY_URL = "hasconfig:remote.*.url:"
_files: Memo[list[list[GitSetting]]] = {}
# By repository: the settings of each file, and the settings that result from them.
_latest: Bounded[str, tuple[list[list[GitSetting]], GitSettings]] = Bounded(_KEPT)


def repository_settings(layout: Layout, branch: str | None) -> GitSettings:
    """Return the settings of a repository; the same dict, which is shared, until one of the files changes.

    Args:
        layout: The repository.
        branch: Full name of the branch that is checked out, for `includeIf "onbranch:..."`.

    Raises:
        UnsupportedError: A file is damaged or unreadable, or a setting is not supported.
    """
    paths = [*_user_files(), f"{layout.commondir}/config"]
    given = _from_environment()
    files = remember(_files, tuple(paths), lambda: [read_pairs(path) for path in paths])
    known = _latest.get(layout.commondir)
    if known is not None and known[0] is files and not given:
        return known[1]
    reader = _Reader(layout, branch)
    settings = _merge(reader, paths, files, given)
    if reader.depends_on_urls:
        # git reads all files twice too: first for the URLs of remotes, then with the includes that match them.
        settings = _merge(_Reader(layout, branch, tuple(reader.urls)), paths, files, given)
    # With these, the result also depends on other files and on the branch that is checked out.
    if not given and not any(key[0].startswith("include") or key == _OF_WORKTREE for key in settings):
        _latest.add(layout.commondir, (files, settings))
    return settings


def _merge(
    reader: _Reader, paths: list[str], files: list[list[GitSetting]], given: list[GitSetting]
) -> GitSettings:
    """Return the settings of all files, then of the worktree, then of the environment; the last one wins."""
    settings: GitSettings = {}
    for path, pairs in zip(paths, files, strict=True):
        settings |= reader.expanded(pairs, path)
    if is_true(settings.get(_OF_WORKTREE)):
        settings |= reader.read_own()
    return settings | reader.expanded(given, None)


def user_settings() -> list[GitSetting]:
    """Return the settings that apply outside of a repository, in their order, without conditional includes.

    Raises:
        UnsupportedError: A file is damaged or unreadable.
    """
    return [pair for path in _user_files() for pair in _with_includes(path)] + _from_environment()


def _from_environment() -> list[GitSetting]:
    try:
        return [(_key(name), value) for name, value in environment.git_config_pairs()]
    except ValueError as error:
        raise UnsupportedError(f"GIT_CONFIG_PARAMETERS cannot be read: {error}") from error


def _with_includes(path: str, depth: int = 0) -> list[GitSetting]:
    pairs = []
    for key, value in read_pairs(path) if depth <= _MAX_DEPTH else ():
        pairs.append((key, value))
        if key == ("include", "path"):
            target = os.path.join(os.path.dirname(path), os.path.expanduser(value))
            pairs += _with_includes(target, depth + 1)
    return pairs


def expand(path: str, root: str) -> str:
    """Return the absolute path of a path in a setting: `~` is a home folder, and git's current folder is the root."""
    return os.path.join(root, os.path.expanduser(path))


def _user_files() -> list[str]:
    system, user, no_system = environment.git_config_files()
    files = [] if no_system else [_SYSTEM if system is None else system]
    if user is not None:
        return [*files, user] if user else files
    if folder := environment.config_home():
        files.append(f"{folder}/git/config")
    if home := environment.home():
        files.append(f"{home}/.gitconfig")
    return files


def _key(name: str) -> tuple[str, ...]:
    section, _, rest = name.partition(".")
    subsection, dot, last = rest.rpartition(".")
    return (section.lower(), subsection, last.lower()) if dot else (section.lower(), last.lower())


class _Reader:
    """Reads files with what they include, and evaluates the conditions of `includeIf`.

    Args:
        layout: The repository.
        branch: Full name of the branch that is checked out.
        remote_urls: The URLs of all remotes; None if they are not known yet: then each condition on them is true.

    Attributes:
        urls: The URLs of remotes that were read.
        depends_on_urls: Whether a condition depends on them.
    """

    def __init__(
        self, layout: Layout, branch: str | None, remote_urls: tuple[str, ...] | None = None
    ) -> None:
        self._layout = layout
        self._branch = branch
        self._remote_urls = remote_urls
        self._by_url = 0
        self.urls: list[str] = []
        self.depends_on_urls = False

    def read_own(self) -> GitSettings:
        """Return the settings of the worktree alone."""
        return self.read(os.path.join(self._layout.gitdir, "config.worktree"))

    def read(self, path: str, depth: int = 0) -> GitSettings:
        """Return the settings of one file and of those that it includes."""
        return self.expanded(read_pairs(path), path, depth)

    def expanded(self, pairs: list[GitSetting], path: str | None, depth: int = 0) -> GitSettings:
        """Return settings with what they include; the path is None for those of the environment."""
        settings: GitSettings = {}
        for key, value in pairs:
            check_value(key, value)
            settings[key] = value
            if len(key) == 3 and (key[0], key[2]) == ("remote", "url"):
                self._note_url(value)
            if self._includes(key, path):
                by_url = key[0] == "includeif" and key[1].startswith(_BY_URL)
                self._by_url += by_url
                settings |= self._included(value, path, depth + 1)
                self._by_url -= by_url
        return settings

    def _note_url(self, url: str) -> None:
        if self._by_url:
            raise UnsupportedError(
                f"a file that includeIf '{_BY_URL}...' includes names the remote URL '{url}'"
            )
        self.urls.append(url)

    def _included(self, value: str, path: str | None, depth: int) -> GitSettings:
        target = os.path.expanduser(value)
        if depth > _MAX_DEPTH or target[:1] in ("", "~", "%") or (path is None and target[0] != "/"):
            raise UnsupportedError(f"git configuration includes '{value}', which is too deep or not a path")
        return self.read(os.path.join(os.path.dirname(path or ""), target), depth)

    def _includes(self, key: tuple[str, ...], path: str | None) -> bool:
        if key[0] != "includeif" or len(key) != 3 or key[2] != "path":
            return key == ("include", "path")
        # Few configurations have conditions.
        from zenml_pin.git.include_conditions import is_met

        if key[1].startswith(_BY_URL):
            self.depends_on_urls = True
            if self._remote_urls is None:
                # git does the same to learn the URLs: it refuses such a file if that names a URL, included or not.
                return True
        return is_met(key[1], path, self._layout.gitdir, self._branch or "", self._remote_urls or ())
