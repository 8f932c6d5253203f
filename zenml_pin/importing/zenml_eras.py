"""Which ZenML a file of pinned code was written for: one before 0.5, whose names are ours, or the installed one.

Both may have a class of one name, such as `zenml.steps.BaseStep`. The first of these decides:

    the setting             ZENML_PIN_ZENML, "installed" or "zenml_pin"; else the line `zenml = ...` in section
                            [zenml_pin] of the commit's setup.cfg
    today's modules         the file imports a name of zenml that only the installed ZenML has: the installed one
    modules of the past     it imports one that only a release before 0.5 had: ours
    arguments and methods   a class of the file derives from that class, passes on an argument that the installed class
                            does not take, or has a method of the past such as `run_fn`: ours
    else                    the installed one
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from functools import lru_cache

from zenml_pin.base.environment import zenml_setting
from zenml_pin.errors import PinError, UnsupportedError
from zenml_pin.importing import zenml_releases

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from zenml_pin.git.objects.commit_files import Tree

INSTALLED, OWN = "installed", "zenml_pin"
# Methods that the base classes before 0.5 called; today a step has `entrypoint`.
_OLD_METHODS = frozenset(
    [
        "run_fn",
        "get_run_fn",
        "model_fn",
        "input_fn",
        "preprocessing_fn",
        "get_preprocessing_fn",
        "partition_fn",
        "get_split_names",
        "read_from_source",
        "get_data_step",
        "get_executor",
        "build_config",
        "process",
    ]
)


def is_of_the_past(
    tree: Tree, path: str, name: str, installed: object, has: Callable[[str, str], bool]
) -> bool:
    """Tell whether a file means our class of a name, although the installed ZenML has one of that name too.

    Args:
        tree: The files of the commit.
        path: The file that uses the name; "" where it is not known.
        name: The name.
        installed: What the installed ZenML has under it.
        has: Tells whether a module of the installed ZenML exists and has a name; "" is the module itself.

    Raises:
        UnsupportedError: The setting has another value.
    """
    setting = zenml_setting() or _setting_of(tree)
    if setting:
        return _checked(setting) == OWN
    module = _parse(tree, path)
    if module is None:
        return False
    named = set(_imported(module))
    old = {pair for pair in named if _was_there(*pair)}
    if any(has(*pair) for pair in named - old):
        return False
    if not all(has(*pair) for pair in old):
        return True
    return any(_has_old_shape(node, installed) for node in _subclasses(module, name))


def _was_there(module: str, name: str) -> bool:
    """Tell whether a release before 0.5 had a module, or a name in it."""
    is_module = zenml_releases.has_module(f"{module}.{name}" if name else module)
    return is_module or zenml_releases.has_name(module, name)


def _checked(setting: str) -> str:
    if setting not in (INSTALLED, OWN):
        raise UnsupportedError(
            f"'{setting}' does not say which ZenML pinned code gets", f"write '{INSTALLED}' or '{OWN}'"
        )
    return setting


def _setting_of(tree: Tree) -> str:
    try:
        text = tree.read("setup.cfg").decode("utf-8", "replace")
    except PinError:
        return ""
    if "[zenml_pin]" not in text:
        return ""
    from configparser import Error, RawConfigParser

    parser = RawConfigParser(strict=False)
    try:
        parser.read_string(text)
    except Error:
        # The reading of the source roots, in the same section, reports it.
        return ""
    return parser.get("zenml_pin", "zenml", fallback="").strip()


def _parse(tree: Tree, path: str) -> ast.Module | None:
    try:
        return _parsed(tree.read(path)) if path else None
    except (PinError, SyntaxError, ValueError):
        return None


@lru_cache(maxsize=64)
def _parsed(data: bytes) -> ast.Module:
    return ast.parse(data)


def _imported(module: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield module and name of each import from ZenML; the name is "" where the module itself is imported."""
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.startswith("zenml."):
                    yield alias.name, ""
        elif isinstance(node, ast.ImportFrom) and not node.level:
            owner = node.module or ""
            if owner.partition(".")[0] == "zenml":
                yield from ((owner, alias.name) for alias in node.names if alias.name != "*")


def _subclasses(module: ast.Module, name: str) -> Iterator[ast.ClassDef]:
    """Yield the classes of a file that derive from a name, also by way of `as` and dotted names."""
    names = {name}
    for node in ast.walk(module):
        if isinstance(node, ast.ImportFrom):
            names |= {alias.asname for alias in node.names if alias.name == name and alias.asname}
    for node in ast.walk(module):
        if isinstance(node, ast.ClassDef) and any(_last(base) in names for base in node.bases):
            yield node


def _last(base: ast.expr) -> str:
    return base.attr if isinstance(base, ast.Attribute) else base.id if isinstance(base, ast.Name) else ""


def _has_old_shape(node: ast.ClassDef, installed: object) -> bool:
    methods = {item.name: item for item in node.body if isinstance(item, ast.FunctionDef)}
    if "entrypoint" in methods:
        return False
    init = methods.get("__init__")
    return bool(_OLD_METHODS & set(methods)) or (init is not None and _passes_unknown(init, installed))


def _passes_unknown(init: ast.FunctionDef, installed: object) -> bool:
    """Tell whether an `__init__` passes a keyword on that the installed class does not take."""
    takes = _keywords(installed)
    if takes is None:
        return False
    passed = {
        keyword.arg
        for call in ast.walk(init)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr == "__init__"
        for keyword in call.keywords
    }
    return not passed - {None} <= takes


def _keywords(installed: object) -> set[str] | None:
    """Return the keywords that a class takes; None where it takes any."""
    try:
        parameters = inspect.signature(installed).parameters.values()  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
    if any(item.kind is item.VAR_KEYWORD for item in parameters):
        return None
    return {item.name for item in parameters}
