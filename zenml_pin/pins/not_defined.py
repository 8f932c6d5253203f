r"""Why the text of a module does not define a class or function under a name that it has. Runs nothing.

>>> why_not_defined(b"f = lambda: 1\nclass C:\n    def g(self): pass\n", "f")
'it is a lambda'
>>> why_not_defined(b"f = lambda: 1\nclass C:\n    def g(self): pass\n", "g")
"it is a method of class 'C'"
"""

from __future__ import annotations

import _ast as ast  # ast takes its classes from there, and needs milliseconds to import

from zenml_pin.base.syntax_tree import walk
from zenml_pin.pins.definitions import FUNCTIONS, is_generator, is_plain, parse_quietly, top_level

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def why_not_defined(data: bytes, name: str) -> str:
    """Return what a text has under a name, if that is neither a class nor a function; "" if it does not have it."""
    if name.encode() not in data and is_plain(data):
        return ""
    try:
        module = parse_quietly(data)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ""
    statements = list(top_level(module))
    reasons = [*_inside(module, statements, name), *_at_top(statements, name)]
    return reasons[-1] if reasons else ""


def _at_top(statements: list[ast.stmt], name: str) -> Iterator[str]:
    for node in sorted(statements, key=lambda statement: statement.lineno):
        if isinstance(node, FUNCTIONS) and node.name == name and is_generator(node):
            yield "it is a generator"
        targets = node.targets if isinstance(node, ast.Assign) else []
        targets += [node.target] if isinstance(node, ast.AnnAssign) else []
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and any(
            _is_name(target, name) for target in targets
        ):
            yield _assigned(node.value)


def _assigned(value: ast.expr | None) -> str:
    if isinstance(value, ast.Lambda):
        return "it is a lambda"
    return f"it is another name of '{value.id}'" if isinstance(value, ast.Name) else "it is another value"


def _is_name(target: ast.expr, name: str) -> bool:
    return isinstance(target, ast.Name) and target.id == name


def _inside(module: ast.Module, statements: list[ast.stmt], name: str) -> Iterator[str]:
    """Yield a reason for each definition of a name that is not at the top level."""
    top = {id(statement) for statement in statements}
    for node in walk(module):
        if isinstance(node, (ast.ClassDef, *FUNCTIONS)) and node.name == name and id(node) not in top:
            yield "it is inside another function, or under the guard of a script"
    for node in walk(module):
        members = node.body if isinstance(node, ast.ClassDef) else []
        if isinstance(node, ast.ClassDef) and any(
            isinstance(member, FUNCTIONS) and member.name == name for member in members
        ):
            yield f"it is a method of class '{node.name}'"
