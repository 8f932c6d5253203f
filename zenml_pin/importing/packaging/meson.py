"""meson.build: the source roots of a project that meson-python builds, where literal paths state them.

py.install_sources('src/pkg/__init__.py', 'src/pkg/step.py', subdir: 'pkg')      root: src
install_subdir('src/pkg', install_dir: py.get_install_dir(pure: false))          root: src
subdir('src/pkg')                                                                 read src/pkg/meson.build too
"""

from __future__ import annotations

import posixpath
import re

from zenml_pin.importing.packaging.statements import Statement, above

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_COMMENT = re.compile(r"#[^\n]*")
_CALL = re.compile(r"\b(install_sources|install_subdir|subdir)\s*\(([^()]*(?:\([^()]*\)[^()]*)*)\)")
_TEXT = re.compile(r"'([^'\n]*)'")
_SUBDIR = re.compile(r"\bsubdir\s*:\s*'([^'\n]*)'")


def read_meson(data: bytes, folder: str) -> tuple[tuple[Statement, ...], tuple[str, ...]]:
    """Return what a meson.build says, and the folders whose meson.build it includes, both relative to its own folder.

    Args:
        data: The file.
        folder: Its folder: files that it lists without a folder are there.
    """
    text = _COMMENT.sub("", data.decode("utf-8", "replace"))
    statements, included = [], []
    for call in _CALL.finditer(text):
        line = text.count("\n", 0, call.start()) + 1
        if call[1] == "subdir":
            included += _TEXT.findall(call[2])[:1]
        else:
            roots = _of_sources(call[2], folder) if call[1] == "install_sources" else _of_subdir(call[2])
            statements += [Statement(root, line) for root in roots]
    return tuple(dict.fromkeys(statements)), tuple(included)


def _of_sources(arguments: str, folder: str) -> Iterator[str]:
    """Yield the folders above those of the listed files, where the package's name is that of the files' folder.

    A variable with the files' names stands for files in the own folder.
    """
    target = _SUBDIR.search(arguments)
    package = target[1].strip("/").replace("/", ".") if target else ""
    files = [file for file in _TEXT.findall(_SUBDIR.sub("", arguments)) if file.endswith(".py")]
    for inside in dict.fromkeys(posixpath.dirname(file) for file in files or [""]):
        root = above(posixpath.join(folder, inside), package)
        if root is not None:
            yield posixpath.relpath(root or ".", folder or ".")


def _of_subdir(arguments: str) -> Iterator[str]:
    folders = _TEXT.findall(arguments)
    if folders and "get_install_dir" in arguments:
        yield posixpath.dirname(folders[0].strip("/")) or "."
