"""Forms: how plain data writes what YAML has no word for, each as a dict with one key.

{$class: source}        a class
{$tuple: [...]}         a tuple
{$artifact: sha256}     a value in the store
{$python: text}         an object of Python as an old document has it; it is only shown, never made
"""

from __future__ import annotations

CLASS = "$class"
TUPLE = "$tuple"
ARTIFACT = "$artifact"
PYTHON = "$python"
FORMS = (CLASS, TUPLE, ARTIFACT, PYTHON)
