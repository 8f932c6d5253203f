"""The attributes of paths.

    line   = pattern *( blank state )  /  "[attr]" name *( blank state )
    state  = name / "-" name / "!" name / name "=" value

For each attribute, the first of these files with a line for it decides, and in that file the last such line:

    info/attributes, .gitattributes of the path's folder, of the folder above, ... of the root,
    core.attributesFile, the system's file, `[attr]binary -diff -merge -text`

Sources: gitattributes(5).
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from zenml_pin.git.wildmatch import Pattern

    # True: set. False: unset with "-". None: made unspecified with "!". A text is a value.
    State = bool | bytes | None
    States = list[tuple[bytes, State]]

_BLANK = b" \t\r\n"
_MACRO = b"[attr]"
_MAX_LINE = 2048
_NAME = frozenset(b"-._abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
_BUILTIN = b"[attr]binary -diff -merge -text\n"


class AttributesFile:
    """The lines of one attributes file; its macros count only if `macros_allowed`."""

    def __init__(self, text: bytes, macros_allowed: bool, ignore_case: bool = False) -> None:
        self.lines: list[tuple[Pattern, States]] = []
        self.macros: dict[bytes, States] = {}
        for line in text.removeprefix(b"\xef\xbb\xbf").split(b"\n"):
            self._add(line.partition(b"\0")[0].lstrip(_BLANK), macros_allowed, ignore_case)

    @property
    def is_empty(self) -> bool:
        """Whether the file has neither lines nor macros that count."""
        return not (self.lines or self.macros)

    def _add(self, line: bytes, macros_allowed: bool, ignore_case: bool) -> None:
        if not line or line.startswith(b"#") or len(line) >= _MAX_LINE:
            return
        name, rest = _split_pattern(line)
        is_macro = name.startswith(_MACRO) and len(name) > len(_MACRO)
        states = _parse_states(rest)
        if states is None or (is_macro and not macros_allowed) or name.startswith(b"!"):
            return
        if not is_macro:
            # Imported only here, because it imports `re` and dulwich, and most folders have no attributes.
            from zenml_pin.git.wildmatch import Pattern

            self.lines.append((Pattern(name, ignore_case), states))
        elif _is_name(name[len(_MACRO) :]):
            self.macros[name[len(_MACRO) :]] = states


class Attributes:
    """The attributes of a worktree's files. The files of a folder are read when they are first needed.

    Args:
        read: Returns the text of a folder's `.gitattributes`, or None.
        strongest: The text of info/attributes.
        weakest: The texts of core.attributesFile and the system's file, the stronger first.
        ignore_case: As core.ignoreCase says.
    """

    def __init__(
        self,
        read: Callable[[bytes], bytes | None],
        strongest: bytes = b"",
        weakest: tuple[bytes, ...] = (),
        ignore_case: bool = False,
    ) -> None:
        self._read = read
        self._ignore_case = ignore_case
        self._strongest = AttributesFile(strongest, True, ignore_case) if strongest else _EMPTY_FILE
        self._weakest = [
            *(AttributesFile(text, True, ignore_case) for text in weakest if text),
            _BUILTIN_FILE,
        ]
        self._files: dict[bytes, AttributesFile] = {}
        self._layers: dict[bytes, list[tuple[int, AttributesFile]]] = {}

    def of(self, path: bytes) -> dict[bytes, State]:
        """Return the attributes of a file; an attribute that is absent or None is unspecified."""
        folder = path[: max(0, path.rfind(b"/"))]
        layers = self._layers.get(folder)
        if layers is None:
            layers = self._layers[folder] = [
                layer for layer in self._all_layers(folder) if not layer[1].is_empty
            ]
        attributes: dict[bytes, State] = {}
        for base, file in layers:
            below = path[base:]
            for pattern, states in reversed(file.lines):
                if pattern.matches(below, False):
                    _fill(attributes, states, layers)
        return attributes

    def _all_layers(self, folder: bytes) -> list[tuple[int, AttributesFile]]:
        """Return the attributes files of a folder, the strongest first, each with the length of its folder's path."""
        layers = [(0, self._strongest)]
        while folder:
            layers.append((len(folder) + 1, self._of(folder)))
            folder = folder[: max(0, folder.rfind(b"/"))]
        return [*layers, (0, self._of(b"")), *((0, file) for file in self._weakest)]

    def _of(self, folder: bytes) -> AttributesFile:
        file = self._files.get(folder)
        if file is None:
            text = self._read(folder)
            file = AttributesFile(text, not folder, self._ignore_case) if text else _EMPTY_FILE
            self._files[folder] = file
        return file


def _fill(attributes: dict[bytes, State], states: States, layers: list[tuple[int, AttributesFile]]) -> None:
    """Add the states of a line, and of its macros, for attributes that have none yet; the last in the line first."""
    for name, state in reversed(states):
        if name not in attributes:
            attributes[name] = state
            macro = _macro(name, layers) if state is True else None
            if macro:
                _fill(attributes, macro, layers)


def _macro(name: bytes, layers: list[tuple[int, AttributesFile]]) -> States | None:
    return next((file.macros[name] for _, file in layers if name in file.macros), None)


def _split_pattern(line: bytes) -> tuple[bytes, bytes]:
    """Return a line's pattern without quotes, or its macro name with the prefix; and the rest of the line."""
    if line.startswith(b'"'):
        from zenml_pin.git.c_quotes import unquote

        unquoted = unquote(line)
        if unquoted is not None:
            return unquoted
    for end, char in enumerate(line):
        if char in _BLANK:
            return line[:end], line[end:]
    return line, b""


def _parse_states(text: bytes) -> States | None:
    """Return the states of a line, or None if one has a bad name: git ignores such a line."""
    states: States = []
    for word in text.replace(b"\t", b" ").replace(b"\r", b" ").split(b" "):
        if not word:
            continue
        name, equals, value = word.partition(b"=")
        state: State = value if equals else True
        if name[:1] in (b"-", b"!"):
            state = False if name[:1] == b"-" else None
            name = name[1:]
        if not _is_name(name):
            return None
        states.append((name, state))
    return states


def _is_name(name: bytes) -> bool:
    return bool(name) and name[:1] != b"-" and all(char in _NAME for char in name)


_EMPTY_FILE = AttributesFile(b"", False)
_BUILTIN_FILE = AttributesFile(_BUILTIN, True)
