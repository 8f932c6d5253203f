"""Source texts: which class or function, and at which commit.

    source    = module "." name [ "@" pin ]
    module    = part *( "." part )
    pin       = commit-id [ roots-id ] | release
    commit-id = 40 lower-case hexadecimal digits, or 64 in a sha256 repository
    roots-id  = "_r" 8 lower-case hexadecimal digits
    release   = "zenml_" version

A name is a Python identifier in its normal form (NFKC), since Python itself looks up the normal form. A part is a
name, or the name of a folder or file that `importlib` takes although no import statement can, such as `my-project`: it
is a module only where the commit has that path, and `refuse_no_name` refuses it elsewhere. A roots id stands for source
roots that a caller gave, instead of the commit's own: `importing.given_roots` knows which.

>>> source = Source.parse("trainers.step.MyTrainer")
>>> source.module, source.name, source.commit_id
('trainers.step', 'MyTrainer', None)
>>> str(Source.parse("zenml_pin.steps.Split@zenml_0.1.0"))
'zenml_pin.steps.Split@zenml_0.1.0'
"""

from __future__ import annotations

from zenml_pin.base.values import Value
from zenml_pin.load_errors import SourceSyntaxError

# A source is one line of a document, and real repositories do not have modules a hundred packages deep.
MAX_LENGTH = 600
RELEASE_PREFIX = "zenml_"
# The package whose own classes a release pins.
ZENML = "zenml"
NAMESPACE = "zenml_pin.at"

# Digits of an object's id, by the format of a repository; in binary they take half as many bytes.
ID_LENGTHS = {"sha1": 40, "sha256": 64}

ROOTS_ID_LENGTH = 8

_ROOTS = "_r"
_FORMATS = {length: object_format for object_format, length in ID_LENGTHS.items()}
_HEX = frozenset("0123456789abcdef")
_NO_PATH = frozenset("/\\:")
_VERSION = frozenset("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.+-_!")


def is_commit_id(text: str) -> bool:
    """Tell whether a text is a full commit id: 40 or 64 lower-case hexadecimal digits."""
    return len(text) in _FORMATS and _HEX.issuperset(text)


def object_format_of(object_id: str) -> str | None:
    """Return the format of the repository that an id belongs to; None when no format has ids of that length."""
    return _FORMATS.get(len(object_id))


def split_pin(pin: str) -> tuple[str, str | None] | None:
    """Split what follows "@" in a source into the commit's id and the roots id; None where it does not name a commit.

    >>> split_pin("a" * 40 + "_r0123abcd") == ("a" * 40, "0123abcd")
    True
    """
    commit_id, mark, roots_id = pin.partition(_ROOTS)
    if not is_commit_id(commit_id) or (mark and not is_roots_id(roots_id)):
        return None
    return commit_id, roots_id if mark else None


def join_pin(commit_id: str, roots_id: str | None) -> str:
    """Return what follows "@" in a source; the inverse of `split_pin`."""
    return commit_id if roots_id is None else f"{commit_id}{_ROOTS}{roots_id}"


def is_roots_id(text: str) -> bool:
    """Tell whether a text is a roots id: 8 lower-case hexadecimal digits."""
    return len(text) == ROOTS_ID_LENGTH and _HEX.issuperset(text)


def pinned_label(pin: str) -> str:
    """Return the name of a commit, or of a commit with given source roots, in the namespace.

    It is an identifier, also where the id begins with a digit.
    """
    return f"g{pin}"


def pinned_root(pin: str) -> str:
    """Return the package under which the modules of a commit are imported."""
    return f"{NAMESPACE}.{pinned_label(pin)}"


def split_pinned(fullname: str) -> tuple[str, str] | None:
    """Split the name of a pinned module into its pin and its name at the commit; the inverse of `pinned_root`.

    The pin is the commit's id, with a roots id where a caller gave the source roots. The name at the commit is "" for
    the root itself. Returns None for any other module.

    >>> split_pinned(pinned_root("a" * 40) + ".trainers.step") == ("a" * 40, "trainers.step")
    True
    """
    label, _, name = fullname.removeprefix(f"{NAMESPACE}.").partition(".")
    pin = label.removeprefix("g")
    is_pinned = split_pin(pin) is not None and fullname.startswith(pinned_root(pin))
    return (pin, name) if is_pinned else None


class Source(Value):
    """Which class or function: its module, its name, and the commit or release that it is pinned to.

    Args:
        module: Dotted name of the module, relative to the source root.
        name: The name of the class or function in that module.
        commit_id: The full id of the commit, 40 or 64 lower-case hexadecimal digits.
        release: The version of this package, as in "0.1.0". At most one of commit_id and release is given.
        roots_id: 8 hexadecimal digits that stand for source roots that a caller gave instead of the commit's own.

    Raises:
        SourceSyntaxError: Together they do not make a source.
    """

    module: str
    name: str
    commit_id: str | None = None
    release: str | None = None
    roots_id: str | None = None

    def __post_init__(self) -> None:
        text = str(self)
        if _split(text) != self._fields():
            raise SourceSyntaxError(
                "a source has one class or function, and one pin at most", text, 0, len(text)
            )

    @classmethod
    def parse(cls, text: str) -> Source:
        """Return the source of a text; `str()` is the inverse.

        Raises:
            SourceSyntaxError: The text is not a source; the error points at the fault.
        """
        # The parts of a text always make that text again, so `__post_init__` has nothing to check.
        source = cls.__new__(cls)
        source._fill(*_split(text))
        return source

    def __str__(self) -> str:
        pins = [self.pin] if self.commit_id is not None else []
        pins += [RELEASE_PREFIX + self.release] if self.release is not None else []
        return "@".join([f"{self.module}.{self.name}", *pins])

    def _repr_html_(self) -> str:
        from zenml_pin.base.html import card

        release = f"release {self.release}" if self.release is not None else "unpinned"
        pin = self.pin if self.commit_id is not None else release
        return card(self.name, "source", [("module", self.module), ("pin", pin), ("import", self.dotted)])

    @property
    def is_pinned(self) -> bool:
        """Whether the source says which code it means: a commit, or a release of this package."""
        return self.commit_id is not None or self.release is not None

    @property
    def pin(self) -> str:
        """The commit's id, with the roots id where a caller gave the source roots; "" where no commit is named."""
        return join_pin(self.commit_id, self.roots_id) if self.commit_id is not None else ""

    @property
    def dotted(self) -> str:
        """The importable name of the class or function, for any tool that takes a dotted path."""
        root = f"{pinned_root(self.pin)}." if self.commit_id is not None else ""
        return f"{root}{self.module}.{self.name}"

    def at(self, commit_id: str | None, roots_id: str | None = None) -> Source:
        """Return the same class pinned to another commit, or unpinned."""
        return Source(self.module, self.name, commit_id, roots_id=roots_id)


def _split(text: str) -> tuple[str, str, str | None, str | None, str | None]:
    """Split a source text by the grammar above into module, class, commit id, release and roots id."""
    if len(text) > MAX_LENGTH:
        raise SourceSyntaxError(
            f"a source has at most {MAX_LENGTH} characters, this has {len(text)}", text[:60] + "...", 0, 63
        )
    dotted, at, pin = text.partition("@")
    _check_names(text, dotted)
    module, _, name = dotted.rpartition(".")
    if not at:
        return module, name, None, None, None
    return module, name, *_split_pin(text, pin)


def _check_names(text: str, dotted: str) -> None:
    start = 0
    names = dotted.split(".")
    for position, name in enumerate(names):
        if not name:
            raise SourceSyntaxError("expected a name", text, start, start + 1)
        if position == len(names) - 1 or not _is_path_name(name):
            _check_name(text, name, start)
        start += len(name) + 1
    if len(names) < 2:
        raise SourceSyntaxError(
            "expected a module before the class or function, as in module.Class", text, 0, max(1, len(dotted))
        )


def _is_keyword(name: str) -> bool:
    # Most names of classes have a capital; the import of `keyword` is a hundredth of a load.
    if not name.islower() and name not in ("False", "None", "True"):
        return False
    from keyword import iskeyword

    return iskeyword(name)


def _check_name(text: str, name: str, start: int) -> None:
    end = start + len(name)
    if not name.isidentifier() or _is_keyword(name):
        raise SourceSyntaxError(f"{name!a} is not a Python name", text, start, end)
    if not _is_normal(name):
        raise SourceSyntaxError(
            f"{name!a} is not in normal form", text, start, end, "write it as Python does, in NFKC"
        )


def _is_path_name(name: str) -> bool:
    """Tell whether a part of a module's name can be the name of a folder or file."""
    return name.isidentifier() or (name.isprintable() and name.strip() == name and not _NO_PATH & set(name))


def refuse_no_name(source: Source) -> None:
    """Refuse a source whose module has a part that is not a Python name, where no path of that name exists.

    Raises:
        SourceSyntaxError: The error points at the part.
    """
    start, text = 0, str(source)
    for name in source.module.split("."):
        _check_name(text, name, start)
        start += len(name) + 1


def find_source(text: str) -> Source | None:
    """Return the source of a text; None if it is not a source."""
    try:
        return Source.parse(text)
    except SourceSyntaxError:
        return None


def is_class_text(text: str) -> bool:
    """Tell whether an argument of an old document is a class: a source with a pin. Any other text stays a text.

    >>> is_class_text("predictor.tf.Net@" + 40 * "a"), is_class_text("json.loads"), is_class_text("me@home.org")
    (True, False, False)
    """
    source = find_source(text.strip()) if "@" in text else None
    return source is not None and source.is_pinned


def _is_normal(name: str) -> bool:
    if name.isascii():
        return True
    # It loads large tables, and few names need it.
    from unicodedata import is_normalized

    return is_normalized("NFKC", name)


def _split_pin(text: str, pin: str) -> tuple[str | None, str | None, str | None]:
    start = len(text) - len(pin)
    commit = split_pin(pin)
    if commit is not None:
        return commit[0], None, commit[1]
    if "@" in pin:
        second = text.index("@", start)
        raise SourceSyntaxError("a source has one '@' at most", text, second, second + 1)
    version = pin.removeprefix(RELEASE_PREFIX)
    if version != pin and version and _VERSION.issuperset(version):
        return None, version, None
    hint = (
        "names of branches and tags, and short ids, can move: pin the full id, which 'zenml-pin pin' writes"
    )
    raise SourceSyntaxError(
        "expected a 40-digit commit id, or a release such as zenml_0.1.4, after '@'",
        text,
        start,
        max(start + 1, len(text)),
        hint,
    )
