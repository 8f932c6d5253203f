"""The key under which later runs find the output of a step."""

from __future__ import annotations

import hashlib

from zenml_pin.pipelines.documents.content_id import CodeOf, args_id, canonical
from zenml_pin.pipelines.runs.plan import Task
from zenml_pin.pipelines.runs.run_environment import code_version_of, python_of_cache
from zenml_pin.source import Source


def cache_key_of(
    task: Task, inputs: dict[str, str], code_of: CodeOf, libraries: frozenset[str] = frozenset()
) -> str:
    """Return the cache key of a step: a hash of what its output depends on.

    That is Python's version, the step's class, code, arguments and inputs, and the versions of libraries.
    """

    def code(source: Source) -> str:
        return code_of(source) if source.commit_id is not None else str(code_version_of(source))

    source = Source.parse(task.entry.source)
    content = [
        python_of_cache(),
        str(source.at(None)),
        code(source),
        args_id(task.entry.args, code),
        dict(sorted(inputs.items())),
        sorted(libraries),
    ]
    return hashlib.sha256(canonical(content).encode("ascii")).hexdigest()
