"""The rules: every kind of finding, each with an id that never changes.

>>> RULES["ZP003"].name
'commit-missing'
"""

from __future__ import annotations

import enum

from zenml_pin.base.hashing import hex_digest
from zenml_pin.base.values import Value, as_dict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Level(enum.Enum):
    """How much a finding matters, in SARIF's words; notes alone leave the exit code 0."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Rule(Value):
    """One rule.

    Attributes:
        id: "ZP" and three digits; no id is ever given to another rule.
        name: Two or three words, with dashes.
        level: How much it matters.
        text: The meaning of its findings, in one sentence.
    """

    id: str
    name: str
    level: Level
    text: str

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {"id": self.id, "name": self.name, "level": self.level.value, "text": self.text}


_LIST = (
    Rule(
        "ZP001",
        "unpinned",
        Level.ERROR,
        "The source has no pin, so it does not say which version of the code it means.",
    ),
    Rule(
        "ZP002",
        "uncommitted-module",
        Level.WARNING,
        "The class's folder, or a file that it imports, has uncommitted changes, so the class cannot be pinned now.",
    ),
    Rule("ZP003", "commit-missing", Level.ERROR, "The repository does not have the commit."),
    Rule(
        "ZP004",
        "path-missing",
        Level.ERROR,
        "The commit does not have the module, or a module that it imports.",
    ),
    Rule(
        "ZP005",
        "class-missing",
        Level.ERROR,
        "The module does not define the class or function at its top level.",
    ),
    Rule(
        "ZP006",
        "upward-import",
        Level.NOTE,
        "A relative import leaves the class's folder, so the folder does not contain all the code that runs.",
    ),
    Rule(
        "ZP007",
        "not-a-full-id",
        Level.ERROR,
        "The pin is not a full commit id, or the text is not a source.",
    ),
    Rule(
        "ZP008",
        "release-differs",
        Level.WARNING,
        "The source is pinned to a release that is not the installed one, or that does not have the class.",
    ),
    Rule("ZP009", "unreadable-document", Level.ERROR, "The document cannot be read."),
    Rule(
        "ZP010",
        "commit-on-no-branch",
        Level.WARNING,
        "No branch or tag leads to the commit, so git may delete it.",
    ),
    Rule(
        "ZP011",
        "no-folder-of-its-own",
        Level.NOTE,
        "The module is directly in a source root, so its unit is only its file.",
    ),
    Rule(
        "ZP012",
        "not-loadable",
        Level.ERROR,
        "The module, or one that it imports, cannot be imported from memory: native code, a submodule, a Git LFS "
        "pointer, or not Python.",
    ),
    Rule("ZP013", "load-failed", Level.ERROR, "A trial load of the class failed in its code."),
    Rule(
        "ZP014",
        "load-stopped",
        Level.ERROR,
        "A trial load of the class was stopped at its limit, or ended its process.",
    ),
    Rule(
        "ZP015",
        "requirement-unmet",
        Level.WARNING,
        "The commit requires a library in a version that is not the installed one.",
    ),
    Rule("ZP016", "object-damaged", Level.ERROR, "An object that the pin needs is damaged or missing."),
    Rule(
        "ZP017",
        "name-taken",
        Level.WARNING,
        "Two documents have the same name and number, so only one of them can be loaded by its name.",
    ),
    Rule(
        "ZP018",
        "installed-class",
        Level.NOTE,
        "The class belongs to an installed library, so requirements decide which code it means, not a pin.",
    ),
    Rule("ZP019", "not-signed", Level.ERROR, "The commit has no signature of an allowed signer."),
    Rule("ZP020", "nothing-read", Level.ERROR, "There is no pipeline document, so nothing was checked."),
    Rule(
        "ZP021",
        "pin-moved",
        Level.NOTE,
        "The pin is not the one that recorded runs of this pipeline and number had, so the document does not say what "
        "ran.",
    ),
    Rule(
        "ZP022",
        "seen-only-when-run",
        Level.NOTE,
        "The module may make the class when it runs, by globals() or exec for example; its text does not show it.",
    ),
    Rule(
        "ZP023",
        "denied-by-sandbox",
        Level.WARNING,
        "The code of the class tried to do something that the sandbox denies.",
    ),
    Rule(
        "ZP024",
        "not-parsed",
        Level.ERROR,
        "This Python cannot parse a file that the class imports, so it is unknown what that file imports.",
    ),
    Rule(
        "ZP025",
        "argument-only-shown",
        Level.NOTE,
        "The argument is an object of Python that ZenML wrote into its document: it is shown, and never made.",
    ),
    Rule(
        "ZP026",
        "files-not-laid",
        Level.ERROR,
        "The code looks for files beside itself, and these cannot be laid in memory, so that the class is not loaded.",
    ),
    Rule(
        "ZP027",
        "named-from-a-subfolder",
        Level.NOTE,
        "The document of ZenML names the module from a folder below the source roots, the only one that has it.",
    ),
    Rule(
        "ZP028",
        "not-reproduced",
        Level.ERROR,
        "A recorded run of the document was run again, and an output is not the recorded one, or cannot be compared.",
    ),
    Rule(
        "ZP029",
        "through-sys-path",
        Level.NOTE,
        "The code uses sys.path and imports a file of the commit in this way: whether a load finds it depends on where "
        "it runs.",
    ),
)

# The hint of ZP008 about classes of ZenML itself, on which nobody can act in a document of the past.
WRITE_OWN = "to run it, write a class of your own and pin that"

RULES = {rule.id: rule for rule in _LIST}


class Finding(Value):
    """One finding.

    Attributes:
        rule: The rule.
        message: One line, hostile text escaped: fact, subject, count.
        path: The document, posix and relative to the repository's root if the file is in the repository.
        line, column: The location in the document, counted from 1; 0 if it is not known.
        key_path: The location in its structure, as in "steps.training.source".
        source: The source as it is stored; empty for a finding about the whole document.
        hint: The remedy; empty if there is none.
        revision: The commit that the document was read from; empty for a file or the index.
    """

    rule: Rule
    message: str
    path: str = ""
    line: int = 0
    column: int = 0
    key_path: str = ""
    source: str = ""
    hint: str = ""
    revision: str = ""

    @property
    def level(self) -> Level:
        """How much it matters."""
        return self.rule.level

    @property
    def place(self) -> str:
        """The location, as people and editors write it: "pipelines/mine.yaml:6:13"."""
        location = f"{self.path}:{self.line}:{self.column}" if self.line else self.path
        return f"{self.revision}:{location}" if self.revision else location

    @property
    def fingerprint(self) -> str:
        """Return a name that stays the same while the document's lines move: 64 hexadecimal digits."""
        parts = (self.rule.id, self.path, self.key_path, self.source, self.message)
        return hex_digest("\0".join(parts).encode("utf-8", "surrogateescape"), "sha256")

    @property
    def sort_key(self) -> tuple[object, ...]:
        """Return the key that sorts findings: by location, then by rule."""
        return self.path, self.revision, self.line, self.column, self.rule.id, self.message

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data; the rule is its id."""
        return {**as_dict(self), "rule": self.rule.id, "level": self.level.value}
