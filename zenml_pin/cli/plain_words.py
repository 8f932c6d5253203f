"""The usual command lines, read without argparse, which costs more than starting Python does.

    line = COMMAND *( switch / option value / word )       check --staged --documents ci

A switch takes no value, an option one that is text; the words of the command are not apart. Every command declares its
arguments once, in `add_parser`: to argparse, or to a `Declaration` here. What has another form (`-C` before the command
or `--format=json`, numbers, commands of a command, help and mistakes) is left to argparse. The result is the same; a
test compares both for the lines that are read here.
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from typing import Any

# In the order in which `--help` lists them; each is a file in `zenml_pin.cli.commands`.
COMMANDS = (
    *("init", "pin", "load", "cat", "ls", "status", "verify", "run", "pipelines", "steps", "runs", "store"),
    *("env", "reproduce", "check", "audit", "diff", "versions", "bisect", "doctor", "bundle", "demo"),
    *("completion", "help"),
)
# They name modules of commits.
WITH_SOURCE_ROOTS = (
    *("load", "pin", "cat", "ls", "verify", "run", "reproduce"),
    *("check", "audit", "diff", "versions", "bisect", "bundle"),
)
# The default of an argument that leaves no trace if it is not given, as argparse.SUPPRESS is one.
_SUPPRESS = object()
# Their values are all that this file understands.
_ACTIONS = ("store", "append", "store_true")


class NeedsArgparseError(Exception):
    """The line, or the command, has a form that is not read here."""


class PlainArguments:
    """The values of a command line, as attributes, like argparse.Namespace."""

    def __init__(self, values: dict[str, Any]) -> None:
        vars(self).update(values)


class _Argument:
    """One argument as it was declared."""

    def __init__(self, names: tuple[str, ...], options: dict[str, Any]) -> None:
        long = next((name for name in names if name.startswith("--")), names[0])
        self.name = options.get("dest") or long.lstrip("-").replace("-", "_")
        self.action: str = options.get("action", "store")
        self.nargs = options.get("nargs")
        self.choices = options.get("choices")
        self.type = options.get("type")
        self.required = options.get("required", False)
        self.default = options.get("default", False if self.action == "store_true" else None)

    def check(self, word: str) -> str:
        """Return a value that is text, and one of the choices."""
        if self.type is not None or (self.choices is not None and word not in self.choices):
            raise NeedsArgparseError
        return word


class Declaration:
    """What `add_parser` of a command speaks to: it takes the place of argparse's parsers and groups."""

    def __init__(self) -> None:
        self.options: dict[str, _Argument] = {}
        self.words: list[_Argument] = []
        self.defaults: dict[str, Any] = {}

    def add_parser(self, name: str, **texts: object) -> Declaration:
        """Declare the command."""
        return self

    def add_argument_group(self, *texts: object) -> Declaration:
        """Declare arguments that help lists together."""
        return self

    def set_defaults(self, **values: object) -> None:
        """Declare values that no word changes."""
        self.defaults |= values

    def add_argument(self, *names: str, **options: Any) -> None:
        """Declare an argument, as argparse takes it."""
        argument = _Argument(names, options)
        if argument.action not in _ACTIONS or (
            isinstance(argument.default, str) and argument.type is not None
        ):
            raise NeedsArgparseError
        if argument.default is not _SUPPRESS:
            self.defaults.setdefault(argument.name, argument.default)
        if names[0].startswith("-"):
            self.options |= dict.fromkeys(names, argument)
        else:
            self.words.append(argument)

    def __getattr__(self, name: str) -> Any:
        # Commands of a command, arguments that exclude each other.
        raise NeedsArgparseError


def read_plain_words(words: Sequence[str]) -> argparse.Namespace | None:
    """Return the arguments of a usual command line; None where argparse must read it."""
    # They ask for the parser itself.
    if not words or words[0] not in COMMANDS or words[0] in ("help", "completion"):
        return None
    try:
        values = _read(declare(words[0]), list(words[1:]))
    except NeedsArgparseError:
        return None
    return PlainArguments({**values, "command": words[0], "version": False})  # type: ignore[return-value]


def declare(command: str) -> Declaration:
    """Return the arguments of a command, with those of all commands."""
    declaration = Declaration()
    declaration.add_argument("-C", dest="directory")
    declaration.add_argument("-q", "--quiet", action="store_true")
    declaration.add_argument("-v", "--verbose", action="store_true")
    if command in WITH_SOURCE_ROOTS:
        declaration.add_argument("--source-root", action="append", default=_SUPPRESS)
    import_module(f"zenml_pin.cli.commands.{command}").add_parser(declaration)
    return declaration


def _read(declaration: Declaration, words: list[str]) -> dict[str, Any]:
    values = dict(declaration.defaults)
    plain: list[str] = []
    given: set[str] = set()
    rest = iter(words)
    is_open = True
    for word in rest:
        if not word.startswith("-"):
            # argparse's rules for words that are apart differ by Python.
            if not is_open:
                raise NeedsArgparseError
            plain.append(word)
            continue
        is_open = is_open and not plain
        argument = declaration.options.get(word)
        if argument is None or argument.nargs is not None:
            raise NeedsArgparseError
        given.add(argument.name)
        _set(values, argument, rest)
    if any(argument.required and argument.name not in given for argument in declaration.options.values()):
        raise NeedsArgparseError
    return values | _read_words(declaration.words, plain)


def _set(values: dict[str, Any], argument: _Argument, rest: Any) -> None:
    if argument.action == "store_true":
        values[argument.name] = True
        return
    value = argument.check(next(rest, "-"))
    if value.startswith("-"):
        raise NeedsArgparseError
    is_list = argument.action == "append"
    values[argument.name] = [*(values.get(argument.name) or ()), value] if is_list else value


def _read_words(arguments: list[_Argument], words: list[str]) -> dict[str, Any]:
    """Return the values of the words: one for each argument, the last of which may take any number."""
    values: dict[str, Any] = {}
    for place, argument in enumerate(arguments):
        is_last = place == len(arguments) - 1
        if argument.nargs not in (None, "?", "*", "+") or (argument.nargs is not None and not is_last):
            raise NeedsArgparseError
        if argument.nargs in ("*", "+"):
            taken, words = words, []
        else:
            taken, words = words[:1], words[1:]
        if taken:
            checked = [argument.check(word) for word in taken]
            values[argument.name] = checked if argument.nargs in ("*", "+") else checked[0]
        elif argument.nargs in (None, "+"):
            raise NeedsArgparseError
        elif argument.nargs == "*" and argument.default is None:
            values[argument.name] = []
    if words:
        raise NeedsArgparseError
    return values
