"""Values that an argument in a document cannot have."""

from __future__ import annotations

# The value as YAML, and a regular expression for the start of the key path that the error names.
BROKEN_ARGUMENTS = {
    "class of a number": ("{$class: 3}", "steps.training.args.x.$class"),
    "class of no source": ("{$class: 'a b'}", "steps.training.args.x.$class"),
    "class in a list": ("[{$class: [a]}]", r"steps.training.args.x\[0\].\$class"),
    "tuple of a text": ("{$tuple: ab}", "steps.training.args.x.$tuple"),
    "artifact of a path": ("{$artifact: ../../x}", "steps.training.args.x.$artifact"),
    "artifact of a number": ("{$artifact: 3}", "steps.training.args.x.$artifact"),
    "date": ("2020-01-01", "steps.training.args.x"),
    "date as a key": ("{2020-01-01: 1}", "steps.training.args.x"),
    "bytes": ("!!binary aGk=", "steps.training.args.x"),
}
