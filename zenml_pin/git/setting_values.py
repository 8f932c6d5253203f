"""Values of settings: how git reads booleans and numbers, and which values it refuses.

    boolean = "true" | "yes" | "on" | "false" | "no" | "off" | "" | number       in any case; 0 is false
    number  = [ "-" | "+" ] digits [ "k" | "m" | "g" ]                           also 0x1f and 017; of 32 or 64 bits

If one of the settings below has another value, every git command ends with an error.

Sources: git-config(1), "Values"; git's parse.c and environment.c.
"""

from __future__ import annotations

from zenml_pin.load_errors import UnsupportedError

# Sections with settings of the user interface only, and the old names of colours.
_INTERFACE = ("advice", "color", "column")
_OLD_COLORS = (("diff", "color"), ("status", "color"))

_TRUE = ("true", "yes", "on")
_FALSE = ("false", "no", "off", "")
_UNITS = {"k": 2**10, "m": 2**20, "g": 2**30}
_BLANKS = " \t\n\v\f\r"
_INT = 2**31 - 1
_SIZE = 2**64 - 1

# Booleans, and the other words that each of them allows.
_BOOLEANS: dict[tuple[str, ...], tuple[str, ...]] = {
    ("core", "autocrlf"): ("input",),
    ("core", "safecrlf"): ("warn",),
    ("core", "logallrefupdates"): ("always",),
    **dict.fromkeys(
        [
            *(
                ("core", name)
                for name in (
                    *("bare", "commitgraph", "filemode", "ignorecase", "ignorestat", "multipackindex"),
                    *("precomposeunicode", "prefersymlinkrefs", "preloadindex", "protecthfs", "protectntfs"),
                    *("quotepath", "sparsecheckout", "sparsecheckoutcone", "symlinks", "trustctime"),
                    *("usereplacerefs", "warnambiguousrefs"),
                )
            ),
            *(("index", name) for name in ("sparse", "skiphash")),
            *(("feature", name) for name in ("manyfiles", "experimental")),
            *(("status", name) for name in ("relativepaths", "branch", "short", "aheadbehind", "showstash")),
            *(("status", name) for name in ("displaycommentprefix", "submodulesummary")),
            *(
                ("diff", name)
                for name in ("autorefreshindex", "indentheuristic", "noprefix", "mnemonicprefix")
            ),
            *(("diff", name) for name in ("relative", "suppressblankempty", "trustexitcode")),
            ("index", "threads"),
            ("user", "useconfigonly"),
        ],
        (),
    ),
    **dict.fromkeys([("status", "renames"), ("diff", "renames")], ("copies", "copy")),
    ("branch", "autosetupmerge"): ("always", "simple", "inherit"),
    ("status", "showuntrackedfiles"): ("normal", "all"),
    ("diff", "colormoved"): ("default", "blocks", "zebra", "dimmed-zebra", "dimmed_zebra", "plain"),
}
# Numbers, with the smallest and the greatest value.
_NUMBERS: dict[tuple[str, ...], tuple[int, int]] = {
    ("core", "compression"): (-1, 9),
    ("core", "loosecompression"): (-1, 9),
    ("pack", "compression"): (-1, 9),
    ("pack", "packsizelimit"): (0, _SIZE),
    ("core", "abbrev"): (4, _INT),
    ("diff", "interhunkcontext"): (0, _INT),
    **dict.fromkeys(
        [
            *(("core", "maxtreedepth"), ("index", "version"), ("status", "renamelimit")),
            *(("diff", name) for name in ("renamelimit", "context", "statgraphwidth", "statnamewidth")),
        ],
        (-_INT - 1, _INT),
    ),
    **dict.fromkeys(
        [
            ("core", name)
            for name in ("bigfilethreshold", "packedgitwindowsize", "packedgitlimit", "deltabasecachelimit")
        ],
        (0, _SIZE),
    ),
}
_NO_NUMBERS: dict[tuple[str, ...], tuple[str, ...]] = {("core", "abbrev"): ("auto", *_FALSE)}
_WORDS: dict[tuple[str, ...], tuple[str, ...]] = {
    ("core", "checkstat"): ("default", "minimal"),
    ("core", "createobject"): ("rename", "link"),
    ("branch", "autosetuprebase"): ("never", "local", "remote", "always"),
    ("diff", "algorithm"): ("myers", "minimal", "patience", "histogram", "default"),
    ("diff", "ignoresubmodules"): ("all", "untracked", "dirty", "none"),
    ("push", "default"): ("nothing", "matching", "simple", "upstream", "tracking", "current"),
}
# git compares the words of these with their case.
_EXACT = frozenset(
    {
        *(("branch", "autosetupmerge"), ("branch", "autosetuprebase"), ("core", "createobject")),
        *(("diff", "colormoved"), ("diff", "ignoresubmodules"), ("push", "default")),
        ("status", "showuntrackedfiles"),
    }
)


def parse_number(text: str, greatest: int = _INT) -> int | None:
    """Return the number that git reads in a text, None if the text is not a number or is too large."""
    digits = text.lstrip(_BLANKS)
    sign = -1 if digits.startswith("-") else 1
    digits = digits[1:] if digits[:1] in ("-", "+") else digits
    unit = _UNITS.get(digits[-1:].lower(), 1)
    digits = digits[:-1] if unit > 1 else digits
    if digits[:2].lower() == "0x":
        base, digits = 16, digits[2:]
    else:
        base = 8 if digits.startswith("0") and len(digits) > 1 else 10
    if not (digits.isascii() and digits.isalnum()):
        return None
    try:
        number = sign * int(digits, base) * unit
    except ValueError:
        return None
    return number if -greatest - 1 <= number <= greatest else None


def parse_boolean(text: str) -> bool | None:
    """Return the boolean that git reads in a text, None if the text is not a boolean."""
    word = text.lower()
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    number = parse_number(text)
    return None if number is None else number != 0


def check_value(key: tuple[str, ...], value: str) -> None:
    """Refuse a value that git refuses.

    Raises:
        UnsupportedError: git refuses it; the message has the name of the setting.
    """
    word = value if key in _EXACT else value.lower()
    if key in _BOOLEANS:
        if word not in _BOOLEANS[key] and parse_boolean(value) is None:
            raise _refusal(key, value, "true or false")
    elif key in _NUMBERS and word not in _NO_NUMBERS.get(key, ()):
        smallest, greatest = _NUMBERS[key]
        number = parse_number(value, greatest)
        if number is None or number < smallest:
            raise _refusal(
                key, value, "a number" if greatest > 9 else f"a number from {smallest} to {greatest}"
            )
    elif key in _WORDS and word not in _WORDS[key]:
        raise _refusal(key, value, " or ".join(_WORDS[key]))
    elif key[0] in _INTERFACE or key[:2] in _OLD_COLORS:
        _check_interface(key, value)


def _check_interface(key: tuple[str, ...], value: str) -> None:
    # Imported only here: few repositories set such a value, and a load waits for every import.
    from zenml_pin.git import interface_values

    words = interface_values.BOOLEANS.get(key)
    if words is not None and value.lower() not in words and parse_boolean(value) is None:
        raise _refusal(key, value, "true or false")
    if key in interface_values.COLORS and not interface_values.is_color(value):
        raise _refusal(key, value, "a colour")
    if key in interface_values.COLUMNS and not interface_values.is_column_layout(value):
        raise _refusal(key, value, "words such as " + ", ".join(interface_values.COLUMN_WORDS))


def _refusal(key: tuple[str, ...], value: str, needed: str) -> UnsupportedError:
    return UnsupportedError(f"git configuration has {'.'.join(key)} = {value!r} where it needs {needed}")
