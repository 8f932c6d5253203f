"""Texts: what `exec`, `eval` and `compile` do with the text that pinned code gives them.

A text is routed into the pin as a module is, relative to the package of the calling code. Code and trees pass
unchanged. So does a text that does not parse: the builtin refuses it with its own message.
"""

from __future__ import annotations
import __future__

import ast
import builtins
import sys
from types import MethodType

from zenml_pin.importing.rewriting.import_scan import import_roots, needs_parsing
from zenml_pin.importing.rewriting.imports import Rewriter
from zenml_pin.importing.rewriting.lazy_filter import wrap_filter
from zenml_pin.importing.rewriting.names import has_filter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import FrameType
    from typing import Any

    from zenml_pin.importing.rewriting.route import Route

_FUTURE = 0
for _name in __future__.all_feature_names:
    _FUTURE |= getattr(__future__, _name).compiler_flag
_OPTIMIZED = 1  # CO_OPTIMIZED: the code is a function's


class Texts:
    """The builtins that take a text, as the code of one pin calls them.

    Args:
        root: The pin's root package.
        decide: Returns where the first part of a name goes, when the text runs.
        decide_lazily: The same for a lazy import, which is not refused before its first use.
    """

    def __init__(
        self, root: str, decide: Callable[[str], Route], decide_lazily: Callable[[str], Route]
    ) -> None:
        self._root = root
        self._decide = decide
        self._decide_lazily = decide_lazily

    def source(self, function: object, text: Any, mode: object = "exec", flags: Any = 0) -> object:
        """Return the argument for a builtin in place of a text; the text itself where nothing must change.

        Args:
            function: The value of the name `exec`, `eval` or `compile` where it is called.
            text: Its first argument.
            mode: The third argument of compile.
            flags: The fourth.
        """
        caller = sys._getframe(1)
        if function is builtins.compile:
            return self._route(text, mode, flags, caller)
        if function is builtins.exec:
            return self._code(text, "exec", caller)
        return self._code(text, "eval", caller) if function is builtins.eval else text

    def exec(self, source: Any, globals: Any = None, locals: Any = None, **options: Any) -> None:
        """Run a text as the builtin exec does."""
        caller = _frame_above()
        exec(self._code(source, "exec", caller), *_namespaces(globals, locals, caller), **options)

    def eval(self, source: Any, globals: Any = None, locals: Any = None) -> object:
        """Return a text's value as the builtin eval does."""
        caller = _frame_above()
        return eval(self._code(source, "eval", caller), *_namespaces(globals, locals, caller))

    def compile(
        self,
        source: Any,
        filename: Any,
        mode: Any,
        flags: int = 0,
        dont_inherit: bool = False,
        optimize: int = -1,
        **options: Any,
    ) -> object:
        """Compile a text as the builtin compile does."""
        caller = _frame_above()
        routed = self._route(source, mode, flags, caller)
        flags |= 0 if dont_inherit else _inherited(caller)
        return compile(routed, filename, mode, flags, True, optimize, **options)

    def in_interpreter(self, method: MethodType) -> MethodType:
        """Return what replaces `Interpreter.exec`, which runs a text in another interpreter; else the method itself.

        That interpreter must be able to import this package, and to find the commit.
        """
        module = sys.modules.get("concurrent.interpreters")
        if module is None or method.__func__ is not module.Interpreter.exec:
            return method

        def exec(interpreter: Any, code: Any, /) -> None:
            method.__func__(interpreter, self._script(code))

        return MethodType(exec, method.__self__)

    def _script(self, text: Any) -> Any:
        """Return the code of a text that runs in the `__main__` of another interpreter, as Python compiles it there."""
        routed = self._routed(text, "exec", 0, None)
        return text if routed is text else compile(routed, "<script>", "exec", 0, True, 0)

    def _code(self, text: Any, mode: str, caller: FrameType | None) -> Any:
        """Return the code of a text for exec or eval, the text itself where nothing must change."""
        routed = self._route(text, mode, 0, caller)
        if routed is text:
            return text
        return compile(routed, "<string>", mode, flags=_inherited(caller), dont_inherit=True)

    def _route(self, text: Any, mode: object, flags: Any, caller: FrameType | None) -> Any:
        """Return a text's tree, routed into the pin; the text itself where nothing must change."""
        package = None if caller is None else caller.f_globals.get("__package__")
        return self._routed(text, mode, flags, depth_below(self._root, package))

    def _routed(self, text: Any, mode: object, flags: Any, depth: int | None) -> Any:
        if not isinstance(text, (str, bytes, bytearray, memoryview)) or mode not in (
            "exec",
            "eval",
            "single",
        ):
            return text
        if isinstance(text, str) and not _may_concern(text):
            return text
        if has_filter():
            wrap_filter()
        try:
            tree = _parse(text, str(mode), flags)
        except (SyntaxError, ValueError, TypeError):
            return text
        if tree is None:
            return text
        rewriter = Rewriter(self._root, depth, self._decide, is_text=True, route_lazily=self._decide_lazily)
        rewriter.rewrite(tree)
        return tree if rewriter.changed else text


def depth_below(root: str, package: object) -> int | None:
    """Return how many packages deep a package is below a pin's root; None for a package elsewhere."""
    if not isinstance(package, str) or not f"{package}.".startswith(root + "."):
        return None
    return package.count(".") - root.count(".")


def _may_concern(text: str) -> bool:
    """Tell whether a text may import, or call a function that imports. A lone carriage return ends a line too."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return bool(import_roots(text)) or needs_parsing(text, 0)


def _parse(text: Any, mode: str, flags: Any) -> ast.mod | None:
    """Return a text's tree; None when the caller wants a tree and no code."""
    if flags & ast.PyCF_ONLY_AST:
        return None
    if mode == "eval":
        # As eval does; compile refuses an indented text.
        text = bytes(text).lstrip(b" \t") if not isinstance(text, str) else text.lstrip(" \t")
    tree: ast.mod = compile(text, "<string>", mode, flags | ast.PyCF_ONLY_AST, True)
    return tree


def _frame_above() -> FrameType | None:
    """Return the frame that called the likeness of a builtin; None in an interpreter that runs nothing else."""
    try:
        return sys._getframe(3)
    except ValueError:
        return None


def _inherited(caller: FrameType | None) -> int:
    """Return the flags of the caller's `__future__` imports, which a text inherits."""
    return 0 if caller is None else caller.f_code.co_flags & _FUTURE


def _namespaces(globals: Any, locals: Any, caller: FrameType | None) -> tuple[Any, ...]:
    """Return the namespaces that a text runs in: the given ones, else the caller's, else that of `__main__`."""
    if caller is None:
        globals = vars(sys.modules["__main__"]) if globals is None else globals
    if globals is not None or caller is None:
        return (globals,) if locals is None else (globals, locals)
    if locals is not None:
        return caller.f_globals, locals
    local_values: Mapping[str, object] = caller.f_locals
    # From 3.13 on, writing to a function's f_locals changes the function; the builtins use a copy.
    if sys.version_info >= (3, 13) and caller.f_code.co_flags & _OPTIMIZED:
        local_values = dict(local_values)
    return caller.f_globals, local_values
