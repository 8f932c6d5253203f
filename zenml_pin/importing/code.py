"""Code: a module's source at a commit, compiled once however many pins hold it.

Code is kept as marshal bytes in which the commit's id is a placeholder of the same length, derived from the blob's
id; the code of any pin is `marshal.loads` of these bytes with its own id put in. The placeholder cannot occur in the
source by chance. The key holds everything else that decides the outcome: blob id, path, whether the module is a
package's `__init__`, optimisation level, and the routes of the file's import roots. Python's version and the
rewriter's are the same for the life of a process.
"""

from __future__ import annotations

import ast
import hashlib
import marshal
import sys
from collections import OrderedDict
from importlib.util import decode_source
from threading import Lock

from zenml_pin.importing.rewrite import Rewriter
from zenml_pin.importing.route import PLAIN, Route
from zenml_pin.importing.scan import has_calls, import_roots, needs_parsing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import CodeType
    from typing import Any

    from zenml_pin.importing.pin import Pin

# An audit of a thousand pins of one repository compiles about 500 files, some 10 KB of code each.
_KEPT = 4096
# About 4 MiB of C stack, half of what a thread has.
_TREE_DEPTH = 8000
_deeper = Lock()


class CodeCache:
    """Compiled code by blob, bounded. Threads may share it: at worst one file is compiled twice."""

    def __init__(self, kept: int = _KEPT) -> None:
        self._kept = kept
        self._files: OrderedDict[tuple[object, ...], tuple[tuple[str, ...], bytes]] = OrderedDict()
        self._codes: OrderedDict[tuple[object, ...], bytes] = OrderedDict()

    def get(self, pin: Pin, blob_id: str, path: str, depth: int, read: Callable[[], bytes]) -> CodeType:
        """Return the code of a file in a pin.

        Args:
            pin: The pin, whose id the code carries.
            blob_id: What the file holds.
            path: The file's path at the commit.
            depth: How many packages deep the module's own package lies below the pin's root.
            read: Reads the file; called only when its code is not here.
        """
        file = (blob_id, path, depth, sys.flags.optimize)
        text: str | None = None
        known = self._files.get(file)
        if known is None:
            text = decode(read(), pin.code_name(path))
            known = self._files[file] = tuple(sorted(import_roots(text))), _placeholder(blob_id)
            self._trim(self._files)
        roots, placeholder = known
        routes = {root: pin.decide(root) for root in roots}
        key = (*file, *((route.way, route.target) for route in routes.values()))
        data = self._codes.get(key)
        if data is not None:
            code: CodeType = marshal.loads(data.replace(placeholder, pin.commit_id.encode("ascii")))
            return code
        code = compile_source(text or decode(read(), pin.code_name(path)), pin, path, depth, routes)
        self._codes[key] = marshal.dumps(code).replace(pin.commit_id.encode("ascii"), placeholder)
        self._trim(self._codes)
        return code

    def _trim(self, memo: OrderedDict[tuple[object, ...], Any]) -> None:
        while len(memo) > self._kept:
            memo.popitem(last=False)


def decode(data: bytes, name: str) -> str:
    """Return a source file's text, as PEP 263 says; a fault is the compiler's own SyntaxError, with its line.

    Args:
        data: What the file holds.
        name: The file name for messages.
    """
    try:
        return decode_source(data)
    except (SyntaxError, UnicodeDecodeError):
        compile(data, name, "exec", dont_inherit=True)
        raise


def compile_source(text: str, pin: Pin, path: str, depth: int, routes: Mapping[str, Route]) -> CodeType:
    """Compile a module's text for a pin, rewritten where its imports need it.

    A file whose imports all go where they are written is compiled as it stands, which takes a third of the time.
    """
    name = pin.code_name(path)
    if all(route.way == PLAIN for route in routes.values()) and not needs_parsing(text, depth):
        plain: CodeType = compile(text, name, "exec", dont_inherit=True)
        return plain
    tree = ast.parse(text, name)
    rewriter = Rewriter(pin.root, depth, lambda root: routes.get(root) or pin.decide(root))
    rewriter.rewrite(tree, calls=has_calls(text))
    return _compile_tree(tree, name)


def _compile_tree(tree: ast.Module, name: str) -> CodeType:
    """Compile a tree as deep as a text may be: only for trees does Python up to 3.12 count levels as recursion."""
    try:
        code: CodeType = compile(tree, name, "exec", dont_inherit=True)
    except RecursionError:
        with _deeper:
            limit = sys.getrecursionlimit()
            sys.setrecursionlimit(max(limit, _TREE_DEPTH))
            try:
                code = compile(tree, name, "exec", dont_inherit=True)
            finally:
                sys.setrecursionlimit(limit)
    return code


def _placeholder(blob_id: str) -> bytes:
    hasher = hashlib.sha256 if len(blob_id) == 64 else hashlib.sha1
    return hasher(b"zenml-pin\0" + blob_id.encode("ascii"), usedforsecurity=False).hexdigest().encode("ascii")
