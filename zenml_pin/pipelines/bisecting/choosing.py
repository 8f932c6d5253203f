"""Choosing the test: from what a user names to a test of code.

trainers.step.MyTrainer     a class: a function, a command, or whether it loads
My Pipeline, file.yaml      a pipeline's document: a metric, or whether it runs
"""

from __future__ import annotations

import ast
import os
from typing import Any

import attrs

from zenml_pin.errors import PinError, UnknownNameError, UnsupportedError
from zenml_pin.isolation.limits import TrialLimits
from zenml_pin.isolation.walls import OFF
from zenml_pin.pins.choosing_roots import with_roots
from zenml_pin.pins.class_paths import find_name_path
from zenml_pin.pins.loading import require_path
from zenml_pin.pipelines.bisecting.judges import ClassJudge, CommandJudge, DocumentJudge
from zenml_pin.pipelines.bisecting.verdict import MetricBounds
from zenml_pin.source import Source, find_source
from zenml_pin.workspace.folders import has_document_suffix

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from zenml_pin.backends.environments.settings import EnvSettings
    from zenml_pin.git.any_repository import AnyRepository
    from zenml_pin.pipelines.bisecting.judges import Judge
    from zenml_pin.pipelines.documents.model import Document


@attrs.frozen
class JudgeChoice:
    """What decides, as the user named it; see `zenml_pin.audit.bisect`."""

    test: str | None = None
    command: tuple[str, ...] = ()
    metric: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    skip_on: tuple[str, ...] = ()
    sandbox: str = OFF
    env_pass: tuple[str, ...] = ()
    limits: TrialLimits = attrs.field(factory=TrialLimits)
    env: EnvSettings | None = None


def choose_judge(what: str, choice: JudgeChoice, repository: AnyRepository, ends: Sequence[str]) -> Judge:
    """Return the test.

    Args:
        what: A class, or a pipeline's name or file.
        choice: What decides.
        repository: The repository.
        ends: The bad commit and the good ones: a class is looked for there too.

    Raises:
        UnsupportedError: The options do not fit each other, or there is no such test.
        UnknownNameError: There is no class and no pipeline of that name.
    """
    _check(choice)
    source = None if has_document_suffix(what) else _find_class(what, repository, ends)
    if source is None:
        if choice.test or choice.command:
            raise UnknownNameError(
                "class", what, hint="name it from its source root: trainers.step.MyTrainer"
            )
        return _document_judge(what, choice, repository, ends)
    if choice.metric is not None:
        raise UnsupportedError(
            f"'{what}' is a class, and only the run of a pipeline has metrics",
            "name a pipeline, or a function that judges the class with --test",
        )
    if choice.command and choice.sandbox == OFF:
        return CommandJudge(source, repository, choice.limits, choice.command)
    return _class_judge(source, choice, repository)


def _check(choice: JudgeChoice) -> None:
    kinds = [bool(choice.test), bool(choice.command), choice.metric is not None]
    if sum(kinds) > 1:
        raise UnsupportedError(
            "a test function, a command and a metric exclude each other", "give one of them"
        )
    has_bounds = choice.minimum is not None or choice.maximum is not None
    if has_bounds != (choice.metric is not None):
        missing = "--min or --max" if choice.metric is not None else "--metric"
        raise UnsupportedError(f"a metric needs its name and a bound: {missing} is missing")
    if choice.env is not None and (choice.command or choice.sandbox != OFF):
        what = "a command" if choice.command else "walls"
        raise UnsupportedError(
            f"the libraries of the commit do not go with {what}",
            "test with a function or a metric, without --sandbox",
        )
    if choice.sandbox != OFF:
        from zenml_pin.isolation.sandboxed import check_mode

        check_mode(choice.sandbox)


def _find_class(what: str, repository: AnyRepository, ends: Sequence[str]) -> Source | None:
    """Return the class that a name means; None if no module has it now, nor at a good commit or the bad one."""
    from zenml_pin.at import registry

    source = find_source(what.partition("@")[0])
    if source is None:
        return None
    try:
        if isinstance(find_name_path(source, repository), str):
            return source
    except PinError:
        pass
    for commit_id in ends:
        try:
            pinned = with_roots(source.at(commit_id), repository)
            require_path(registry.get_namespace(pinned.pin, repository), source.module)
        except PinError:
            continue
        return source
    return None


def _class_judge(source: Source, choice: JudgeChoice, repository: AnyRepository) -> ClassJudge:
    path = _path(repository)
    tester: dict[str, Any] | None = None
    if choice.command:
        from zenml_pin.isolation.judging import command_tester

        tester = command_tester(choice.command)
    elif choice.test:
        module, colon, function = choice.test.rpartition(":")
        if not colon or not function.isidentifier() or not module:
            raise UnsupportedError(
                f"'{choice.test}' is not a test",
                "name a function: checks.trainer:is_good, or checks.py:is_good",
            )
        if module.endswith(".py"):
            tester = _file_tester(module, function)
        elif choice.sandbox != OFF:
            tester = _file_tester(_file_of(module, path), function)
        else:
            tester = {"import": module, "function": function}
    return ClassJudge(
        source,
        repository,
        choice.limits,
        tester,
        choice.test or " ".join(choice.command),
        choice.skip_on,
        tuple(path),
        choice.sandbox,
        choice.env_pass,
        choice.env,
    )


def _file_tester(path: str, function: str) -> dict[str, Any]:
    """Return the tester for a function of a file.

    Raises:
        UnsupportedError: The file or the function does not exist.
    """
    from zenml_pin.isolation.judging import function_tester

    tester = function_tester(path, function)
    try:
        has_function = _may_bind(ast.parse(tester["text"]), function)
        fact = f"the file has no function '{function}'"
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        has_function, fact = False, f"{type(error).__name__}: {error}"
    if not has_function:
        raise UnsupportedError(
            f"the test '{path}:{function}' cannot be used: {fact}",
            "name a function at the top level of the file",
        )
    return tester


def _may_bind(tree: ast.Module, name: str) -> bool:
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and node.name == name:
            return True
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store):
            return True
        if isinstance(node, ast.alias) and (node.asname or node.name.partition(".")[0]) in (name, "*"):
            return True
    return False


def _path(repository: AnyRepository) -> list[str]:
    """Return where modules of a test are found first: the current folder, and the source roots of the working tree."""
    from zenml_pin.git.objects.worktree_files import WorktreeTree
    from zenml_pin.importing.source_roots import source_roots

    worktree = repository.worktree
    roots = [] if worktree is None else source_roots(WorktreeTree(worktree))
    return [os.getcwd(), *(os.path.join(worktree or "", root).rstrip("/") for root in roots)]


def _file_of(module: str, path: list[str]) -> str:
    stem = module.replace(".", os.sep)
    for folder in path:
        for name in (f"{stem}.py", os.path.join(stem, "__init__.py")):
            if os.path.isfile(os.path.join(folder, name)):
                return os.path.join(folder, name)
    raise UnsupportedError(
        f"there is no module '{module}' for the test in {', '.join(path)}",
        "behind walls a test is a file: name it as checks.py:is_good",
    )


def _document_judge(
    what: str, choice: JudgeChoice, repository: AnyRepository, ends: Sequence[str]
) -> DocumentJudge:
    if choice.sandbox != OFF:
        raise UnsupportedError("a pipeline cannot run behind walls", "leave --sandbox out")
    document, root = _find_document(what)
    assert document.path is not None
    with open(document.path, encoding="utf-8", newline="") as file:
        text = file.read()
    moving = _moving(document, repository, ends)
    if not moving:
        raise UnsupportedError(
            f"pipeline '{document.name}' has no class of this repository",
            "bisecting compares commits of the repository that has the pipeline's classes",
        )
    bounds = None if choice.metric is None else MetricBounds(choice.metric, choice.minimum, choice.maximum)
    return DocumentJudge(
        document.name,
        text,
        moving,
        repository,
        root,
        choice.limits,
        bounds,
        tuple(_path(repository)),
        choice.env,
    )


def _find_document(what: str) -> tuple[Document, str]:
    from zenml_pin.pipelines.documents.document import load_document
    from zenml_pin.pipelines.repository import Repository

    if has_document_suffix(what) or os.path.isfile(what):
        root = os.path.dirname(os.path.abspath(what))
        return load_document(what), Repository(root).root
    workspace = Repository(os.getcwd())
    try:
        return workspace.get_document(what), workspace.root
    except UnknownNameError as error:
        known = [document.name for document in workspace.documents()]
        hint = "" if known else "name a class as in trainers.step.MyTrainer; no pipeline is stored here"
        raise UnknownNameError("class or pipeline", what, known, hint) from error


def _moving(document: Document, repository: AnyRepository, ends: Sequence[str]) -> dict[str, Source]:
    """Return the sources of a document that have a class in this repository, by their text."""
    from zenml_pin.pipelines.documents.model import sources_in

    moving = {}
    for text in dict.fromkeys(sources_in(document)):
        source = find_source(text)
        if source is None or source.release is not None:
            continue
        if _find_class(str(source.at(None)), repository, ends) is not None:
            moving[text] = source
    return moving
