"""The rules of one worktree: the settings of every file, which untracked paths are ignored, how files are converted."""

from __future__ import annotations

import os
import stat

from zenml_pin.base import environment
from zenml_pin.base.values import Value
from zenml_pin.git.config import GitSettings, is_true
from zenml_pin.git.settings import expand
from zenml_pin.git.status.attributes import Attributes
from zenml_pin.git.status.conversion import Conversion, plan_conversion
from zenml_pin.git.status.disk import read_disk_file
from zenml_pin.load_errors import LimitError, UnsupportedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from zenml_pin.git.index import Index
    from zenml_pin.git.repository import GitRepository
    from zenml_pin.git.status.attribute_source import AttributeTree
    from zenml_pin.git.status.ignore import Ignore

# git does not read longer files.
_MAX_RULES = 100 * 2**20
# With this before a path, the setting counts only if the path exists.
_OPTIONAL = ":(optional)"
_SYSTEM_ATTRIBUTES = "/etc/gitattributes"
# git refuses to run if one of them is not a boolean.
_OTHER_BOOLEANS = (
    *("bare", "precomposeunicode", "preloadindex", "protecthfs", "protectntfs"),
    *("quotepath", "sparsecheckout", "sparsecheckoutcone", "trustctime"),
)


class Switches(Value):
    """The settings that concern every file.

    Args:
        file_mode: Whether the executable bit counts.
        symlinks: Whether a link is checked out as a link.
        ignore_case: Whether patterns ignore case.
        default: How git would convert a file without attributes.
    """

    file_mode: bool
    symlinks: bool
    ignore_case: bool
    default: Conversion


_latest: tuple[GitSettings | None, Switches] = None, Switches(True, True, False, Conversion())


def switches_of(settings: GitSettings) -> Switches:
    """Return the switches of some settings. The mapping must not change afterwards.

    Raises:
        UnsupportedError: A setting that must be a boolean is not one.
    """
    global _latest
    known, switches = _latest
    if known is not settings:
        switches = _evaluate(settings)
        _latest = settings, switches
    return switches


def _evaluate(settings: GitSettings) -> Switches:
    for name in _OTHER_BOOLEANS:
        is_true(settings.get(("core", name)))
    return Switches(
        file_mode=is_true(settings.get(("core", "filemode")), default=True),
        symlinks=is_true(settings.get(("core", "symlinks")), default=True),
        ignore_case=is_true(settings.get(("core", "ignorecase"))),
        default=plan_conversion({}, settings),
    )


class Rules:
    """Ignore rules and conversions of a worktree. Files are read when they are first needed.

    Args:
        repository: The repository.
        settings: Its settings.
        switches: The settings that count for every file.
        index: Its index; rule files that are not on disk are read from it.
        in_index: Tells whether the index may have a `.gitignore` or `.gitattributes` in a folder.
    """

    def __init__(
        self,
        repository: GitRepository,
        settings: GitSettings,
        switches: Switches,
        index: Index,
        in_index: Callable[[bytes, bytes], bool],
    ) -> None:
        self._repository = repository
        self._settings = settings
        self._index = index
        self._in_index = in_index
        self._root = os.fsencode(repository.root)
        self._switches = switches
        self._ignore: Ignore | None = None
        self._attributes: Attributes | None = None

    def ignores(self, path: bytes) -> bool:
        """Tell whether an untracked file or link is ignored."""
        if self._ignore is None:
            self._ignore = self._make_ignore()
        return self._ignore.ignores(path, False)

    def ignores_folder(self, path: bytes) -> bool:
        """Tell whether an untracked folder is ignored."""
        if self._ignore is None:
            self._ignore = self._make_ignore()
        return self._ignore.ignores(path, True)

    def conversion(self, path: bytes) -> Conversion:
        """Return how a file is converted.

        Raises:
            UnsupportedError: We do not do this conversion.
        """
        if self._attributes is None:
            self._attributes = self._make_attributes()
        attributes = self._attributes.of(path)
        if attributes:
            return plan_conversion(attributes, self._settings)
        return self._switches.default

    def _make_ignore(self) -> Ignore:
        # Imported only here, because a folder without untracked files needs no patterns and no `re`.
        from zenml_pin.git.status.ignore import Ignore

        shared = [self._info("exclude"), self._user("excludesfile", "ignore")]
        return Ignore(self._gitignore, shared, self._switches.ignore_case)

    def _make_attributes(self) -> Attributes:
        weakest = (self._user("attributesfile", "attributes"), self._system_attributes())
        tree = self._attribute_tree()
        read = self._gitattributes if tree is None else lambda folder: tree.read(folder, _MAX_RULES)
        return Attributes(read, self._info("attributes"), weakest, self._switches.ignore_case)

    def _attribute_tree(self) -> AttributeTree | None:
        if environment.git_attr_source() is None and self._settings.get(("attr", "tree")) is None:
            return None
        # Imported only here: hardly any repository sets it, and a load waits for every import.
        from zenml_pin.git.status.attribute_source import find_attribute_tree

        return find_attribute_tree(self._repository, self._settings)

    def _gitignore(self, folder: bytes) -> bytes | None:
        """Return a folder's `.gitignore`; it also counts if a sparse checkout leaves it out."""
        return self._read(folder, b".gitignore", only_skipped=True)

    def _gitattributes(self, folder: bytes) -> bytes | None:
        """Return a folder's `.gitattributes`; it also counts if it is in the index and not on disk."""
        return self._read(folder, b".gitattributes", only_skipped=False)

    def _read(self, folder: bytes, name: bytes, only_skipped: bool) -> bytes | None:
        path = folder + b"/" + name if folder else name
        text = _read_rules(self._root + b"/" + path)
        if text is not None or not self._in_index(folder, name):
            return text
        entry = self._index.find(path)
        if entry is None or (only_skipped and not entry.skip_worktree):
            return None
        try:
            return self._repository.objects.get(entry.id, "blob", _MAX_RULES)
        except LimitError:
            return None

    def _info(self, name: str) -> bytes:
        path = f"{self._repository.layout.commondir}/info/{name}"
        return _read_rules(os.fsencode(path), follow=True) or b""

    def _user(self, setting: str, default: str) -> bytes:
        path = self._settings.get(("core", setting))
        if path is not None and path.startswith(_OPTIONAL):
            path = path.removeprefix(_OPTIONAL)
            path = path if os.path.exists(expand(path, self._repository.root)) else None
        if path is None:
            home = environment.config_home()
            path = os.path.join(home, "git", default) if home else ""
        if not path:
            return b""
        return _read_rules(os.fsencode(expand(path, self._repository.root)), follow=True) or b""

    def _system_attributes(self) -> bytes:
        if is_true(environment.git_attr_nosystem()):
            return b""
        return _read_rules(os.fsencode(_SYSTEM_ATTRIBUTES), follow=True) or b""


def _read_rules(path: bytes, follow: bool = False) -> bytes | None:
    """Return a rule file's text; None if git does not read it: a folder, a file too long, a link in the worktree."""
    try:
        # Most of these files do not exist, and an exception takes longer than this call.
        if not os.access(path, os.F_OK):
            return None
        info = os.lstat(path)
        if stat.S_ISLNK(info.st_mode) and follow:
            path = os.path.realpath(path)
            info = os.stat(path)
    except (OSError, ValueError):
        return None
    if stat.S_ISLNK(info.st_mode) or info.st_size > _MAX_RULES:
        return None
    try:
        return read_disk_file(path)
    except UnsupportedError as error:
        raise UnsupportedError(f"'{os.fsdecode(path)}': {error.message}") from error
