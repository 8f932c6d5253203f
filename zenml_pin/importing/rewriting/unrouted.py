"""Unrouted: files of a commit in real folders are not run by code that does not route their imports.

A library that gets the path of such a file may run it with importlib's own loader, and a new process may run it as a
script. Its imports would then mean the modules of the working tree. An audit hook refuses that, where the file imports
anything that belongs to the commit. It cannot be removed, so it begins when the first such folder is made.

Sources: https://docs.python.org/3/library/audit_events.html.
"""

from __future__ import annotations

import os
import sys

from zenml_pin.base.locks import ForkLock
from zenml_pin.errors import PinnedImportError, UnsupportedError
from zenml_pin.importing.rewriting.route import PLAIN
from zenml_pin.importing.source_roots import to_dotted
from zenml_pin.importing.virtual_paths import is_code_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType
    from typing import Any

    from zenml_pin.importing.rewriting.route import Target

_PACKAGE = __name__.partition(".")[0]
_lock = ForkLock()
_targets: dict[str, Target] = {}
# With a slash at the end.
_prefixes: tuple[str, ...] = ()


def watch(folder: str, target: Target) -> None:
    """Refuse from now on that files of a commit in a real folder are run without routing."""
    global _prefixes
    with _lock:
        if not _targets:
            sys.addaudithook(_hook)
        _targets[folder + "/"] = target
        _prefixes = tuple(_targets)


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "compile":
        source, name = arguments
        if isinstance(name, str) and name.startswith(_prefixes) and not _is_routed(sys._getframe(1)):
            _check_source(source, name)
    elif event in _STARTS:
        _check_start(*_STARTS[event](arguments))


def _is_routed(caller: FrameType) -> bool:
    """Tell whether the caller of `compile` routes what it compiles, or only parses it."""
    file, module = caller.f_code.co_filename, caller.f_globals.get("__name__", "")
    if is_code_name(file) or file.startswith(_prefixes) or module == "ast":
        return True
    return f"{module}.".startswith(_PACKAGE + ".")


def _target_of(file: str) -> tuple[Target, str]:
    folder = next(prefix for prefix in _prefixes if file.startswith(prefix))
    return _targets[folder], file[len(folder) :]


def _check_source(source: object, file: str) -> None:
    target, path = _target_of(file)
    concerned = next(
        (name for name in _imports(source) if not name or target.decide(name).way != PLAIN), None
    )
    if concerned is None:
        return
    what = f"its 'import {concerned}'" if concerned else "a relative import in it"
    raise PinnedImportError(
        f"'{path}' of commit {target.label} would run outside its pin, where {what} means another module",
        _by_name(target, path),
        name=concerned or os.path.basename(path),
        path=file,
    )


def _by_name(target: Target, path: str) -> str:
    dotted = to_dotted(path, target.source_roots)
    return f"name it '{target.root}.{dotted}' instead of its path" if dotted else "import it by its name"


def _imports(source: object) -> Iterator[str]:
    """Yield the first part of each import in a source; "" where it imports relatively or in a way that is routed."""
    import ast

    if isinstance(source, ast.AST):
        for node in ast.walk(source):
            if isinstance(node, ast.Import):
                yield from (alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield "" if node.level else (node.module or "").partition(".")[0]
        return
    from importlib.util import decode_source

    from zenml_pin.importing.rewriting.import_scan import import_roots, needs_parsing, relative_roots

    try:
        text = source if isinstance(source, str) else decode_source(bytes(source))  # type: ignore[call-overload]
    except (SyntaxError, UnicodeDecodeError, TypeError):
        # It does not compile.
        return
    yield from sorted(import_roots(text))
    if relative_roots(text) or needs_parsing(text, 0):
        yield ""


def _check_start(program: object, arguments: object, folder: object, environment: object) -> None:
    """Refuse a new Python process that would run a file in one of the folders."""
    words = list(_words(arguments))
    programs = [str(program or ""), *words]
    if not any(_is_python(word) for word in programs):
        words = words[:1]
    base = _text(folder) or os.curdir
    files = [os.path.abspath(os.path.join(base, word)) for word in words]
    if "-m" in words and not words[-1].startswith("-"):
        module = words[words.index("-m") + 1 :][:1]
        files += [os.path.abspath(os.path.join(base, name.replace(".", "/") + ".py")) for name in module]
    for file in files:
        if file.startswith(_prefixes) and file.endswith(".py") and os.path.isfile(file):
            target, path = _target_of(file)
            raise UnsupportedError(
                f"a new process would run '{path}' of commit {target.label} outside its pin",
                _by_name(target, path).replace("name it '", "start it with -m '"),
            )
    python_path = environment.get("PYTHONPATH", "") if isinstance(environment, dict) else ""
    for entry in _text(python_path).split(os.pathsep):
        if f"{entry}/".startswith(_prefixes):
            raise UnsupportedError(
                f"a new process would import from '{entry}' outside the pin of its commit",
                "let it import by pinned names, as in zenml_pin.at.g<commit id>.trainers.step",
            )


def _words(arguments: object) -> Iterator[str]:
    """Yield the words of a command; the words of a shell's command line too."""
    if isinstance(arguments, (str, bytes)):
        import shlex

        try:
            yield from shlex.split(_text(arguments))
        except ValueError:
            yield from _text(arguments).split()
        return
    words = [_text(word) for word in arguments] if isinstance(arguments, (list, tuple)) else []
    yield from words
    if len(words) > 2 and words[1] == "-c" and not _is_python(words[0]):
        yield from _words(words[2])


def _is_python(word: str) -> bool:
    return word == sys.executable or os.path.basename(word).startswith(("python", "pypy"))


def _text(word: object) -> str:
    try:
        return os.fsdecode(word)  # type: ignore[arg-type]
    except TypeError:
        return ""


# By event: program, arguments, folder and environment of the new process, from the event's arguments.
_STARTS: dict[str, Callable[[tuple[Any, ...]], tuple[Any, ...]]] = {
    "subprocess.Popen": lambda given: given[:4],
    "os.posix_spawn": lambda given: (given[0], list(given[1]), None, given[2]),
    "os.exec": lambda given: (given[0], list(given[1]), None, given[2]),
    "os.spawn": lambda given: (given[1], list(given[2]), None, given[3]),
    "os.system": lambda given: (None, given[0], None, None),
}
