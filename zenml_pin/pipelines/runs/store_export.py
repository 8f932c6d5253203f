"""Export: a run, or one artifact, as files that need no store.

DIR/run.json                            the run, as `runs --format json` has it, and which file has which artifact
DIR/pipelines/<document>                the document, if it is still there
DIR/outputs/<position>-<step>.<output>.<kind>
DIR/artifacts/<id>.<kind>               what else the run refers to
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import sys
from typing import Any

import attrs

from zenml_pin.base.atomic import TEMPORARY_PREFIX, write_whole
from zenml_pin.base.files import read_regular
from zenml_pin.errors import UnknownNameError, UnsupportedError
from zenml_pin.pipelines.runs.artifacts import Artifacts
from zenml_pin.pipelines.runs.run import Run
from zenml_pin.pipelines.runs.store_contents import uses_in


@attrs.frozen
class Exported:
    """An exported run.

    Attributes:
        run: The run's id.
        folder: The new folder.
        files: The artifacts' files, relative to the folder, by artifact.
        missing: Artifacts of the run that are not in the store any more.
    """

    run: str
    folder: str
    files: dict[str, str]
    missing: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "run": self.run,
            "folder": self.folder,
            "files": self.files,
            "missing": list(self.missing),
        }


def export_run(run: Run, facts: dict[str, Any], folder: str, root: str) -> Exported:
    """Write a run with all its artifacts into a new folder; the folder is complete or does not exist.

    Args:
        run: The run.
        facts: The run as plain data, for `run.json`.
        folder: The folder, which must not exist or be empty.
        root: The root of the workspace, which has the document.

    Raises:
        UnsupportedError: The folder exists and is not empty, or cannot be written.
        ObjectCorruptError: An artifact is damaged.
    """
    folder = os.path.abspath(folder)
    if os.path.lexists(folder) and not (os.path.isdir(folder) and not os.listdir(folder)):
        raise UnsupportedError(
            f"'{folder}' exists already", "name a folder that does not exist, or an empty one"
        )
    parent, name = os.path.split(folder)
    temporary = os.path.join(parent, f"{TEMPORARY_PREFIX}{secrets.token_hex(4)}-{name}")
    try:
        os.makedirs(temporary)
        exported = _write(run, facts, temporary, root)
        os.rename(temporary, folder)
    except OSError as error:
        raise UnsupportedError(f"'{folder}' cannot be written: {error.strerror or error}") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return attrs.evolve(exported, folder=folder)


def _write(run: Run, facts: dict[str, Any], folder: str, root: str) -> Exported:
    files: dict[str, str] = {}
    missing: list[str] = []
    for artifact, path in _places(run, run._artifacts).items():
        try:
            data = run._artifacts.get(artifact)
        except UnknownNameError:
            missing.append(artifact)
            continue
        files[artifact] = path
        _put(os.path.join(folder, path), data)
    document = read_regular(os.path.join(root, run.document), sys.maxsize)
    if document is not None:
        _put(os.path.join(folder, "pipelines", os.path.basename(run.document)), document)
    text = json.dumps({"run": facts, "files": files, "missing": missing}, indent=2) + "\n"
    _put(os.path.join(folder, "run.json"), text.encode("ascii"))
    return Exported(run.id, folder, files, tuple(missing))


def _places(run: Run, artifacts: Artifacts) -> dict[str, str]:
    """Return where each artifact of a run goes, relative to the folder: an output has the name of its step."""
    places: dict[str, str] = {}
    for position, step in enumerate(run.steps, 1):
        if step.output is not None:
            name = os.path.basename(f"{position:02}-{step.key}.{step.output_name}")
            places.setdefault(step.output, f"outputs/{name}.{artifacts.suffix_of(step.output)}")
    for artifact, _ in uses_in(run):
        places.setdefault(artifact, f"artifacts/{artifact[:64]}.{artifacts.suffix_of(artifact)}")
    return places


def _put(path: str, data: bytes) -> None:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    write_whole(path, data)


def get_artifact_id(artifacts: Artifacts, text: str) -> str:
    """Return the id of the artifact whose id begins with a text of at least four characters.

    Raises:
        UnknownNameError: No artifact's id does, or several do.
    """
    names = [file.name for file in artifacts.files()]
    matches = [name for name in names if name.startswith(text)] if len(text) >= 4 else []
    if text in names or len(matches) == 1:
        return text if text in names else matches[0]
    if not matches:
        raise UnknownNameError("artifact", text, names, "'zenml-pin store' lists them")
    raise UnknownNameError(
        "artifact", text, hint=f"{len(matches)} begin so: {', '.join(sorted(matches)[:3])}"
    )
