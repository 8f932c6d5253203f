"""run: run a pipeline from its document, or a script."""

from __future__ import annotations

import os
import posixpath
import sys
from functools import partial

from zenml_pin.base.script_arguments import script_arguments
from zenml_pin.base.text import printable
from zenml_pin.cli.environments import add_env, chosen_env
from zenml_pin.cli.listing import open_repository_to_run
from zenml_pin.cli.location import add_fetch
from zenml_pin.cli.output import add_json
from zenml_pin.cli.plain_data import of_run, print_json
from zenml_pin.cli.printed_by_code import prints_on_stderr
from zenml_pin.errors import PinError, UnknownNameError, UnsupportedError
from zenml_pin.workspace.folders import has_document_suffix

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from contextlib import AbstractContextManager

    from zenml_pin.pipelines.documents.model import Document
    from zenml_pin.pipelines.repository import Repository
    from zenml_pin.pipelines.runs.options import Options
    from zenml_pin.pipelines.runs.run import Run


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add its arguments."""
    verb = verbs.add_parser(
        "run",
        help="run a pipeline from its document, by file or name, or a script",
        description="Load each class of a pipeline from its commit, run it and print the outcome and the metrics. "
        "When a step fails, stderr shows the error and the traceback of the code. "
        "A script is run as Python does, with the source root on its path. Exits with 1 if a step fails.",
    )
    verb.add_argument(
        "what",
        metavar="FILE|NAME|SCRIPT.py|BUNDLE",
        help="a document, a pipeline's name, a Python script, or a bundle that carries a document",
    )
    verb.add_argument(
        "arguments",
        metavar="ARG",
        nargs="*",
        help="arguments of a script; put -- before those that begin with -",
    )
    verb.add_argument("--rev", metavar="REV", help="take the document as of this revision")
    verb.add_argument(
        "--number", type=int, metavar="N", help="which content of that name (default: the newest)"
    )
    verb.add_argument("--require-pins", action="store_true", help="stop when a class cannot be pinned")
    verb.add_argument(
        "--allow-dirty",
        action="store_true",
        help="run pins although their folders have uncommitted changes now",
    )
    verb.add_argument(
        "--bundle", action="store_true", help="also write the code of all pins beside the document"
    )
    verb.add_argument(
        "--materialize",
        metavar="DIR",
        help="also write the files of each commit into this folder, for native code and for real files that stay",
    )
    verb.add_argument(
        "--store", metavar="DIR", help="keep records and artifacts in this folder, as ZENML_PIN_STORE does"
    )
    verb.add_argument(
        "--no-cache", action="store_true", help="run every step, also those that an earlier run answers"
    )
    verb.add_argument("--pipeline", metavar="NAME", help="which pipeline of a bundle that carries several")
    add_env(verb)
    add_json(verb)
    add_fetch(verb)
    verb.set_defaults(run=run, failure=1)


def run(arguments: argparse.Namespace) -> int:
    """Run a document or a script."""
    import attrs

    from zenml_pin.base.process_environment import store_in
    from zenml_pin.cli.progress import progress
    from zenml_pin.pipelines.runs.options import Options

    notes: list[str] = []
    options = Options(
        arguments.require_pins,
        arguments.allow_dirty,
        arguments.bundle,
        progress(arguments.quiet),
        None if arguments.materialize is None else os.path.abspath(arguments.materialize),
        not arguments.no_cache,
        partial(_tell_note, arguments.quiet, notes),
    )
    if options.materialize is not None:
        from zenml_pin.at import registry

        registry.materialize_in(options.materialize)
    with chosen_env(arguments) as env, store_in(arguments.store):
        options = attrs.evolve(options, env=env)
        return _run_what(arguments, options, notes)


def _run_what(arguments: argparse.Namespace, options: Options, notes: list[str]) -> int:
    from zenml_pin.pipelines.runs.options import using

    with using(options):
        if arguments.what.endswith(".py"):
            return _run_script(arguments)
        return _run_document(arguments, options, notes)


def _tell_note(is_quiet: bool, notes: list[str], note: str) -> None:
    """Tell on stderr how data or packages differ from those of earlier runs."""
    notes.append(note)
    if not is_quiet:
        print(printable(f"note: {note}"), file=sys.stderr)


def _run_document(arguments: argparse.Namespace, options: Options, notes: list[str]) -> int:
    from zenml_pin.git.any_repository import is_folderless

    if arguments.arguments:
        raise UnsupportedError(
            f"'{arguments.what}' is a pipeline, which takes no arguments",
            "a script takes them: zenml-pin run script.py -- ARG",
        )
    if is_folderless(arguments.what):
        repository, document = _document_of_bundle(arguments)
    else:
        repository, document = _find_document(arguments.what, arguments.rev, arguments.number)
    # An unpinned class is imported from the working tree.
    sys.path.insert(0, repository.root)
    with script_arguments(arguments.what):
        pipeline = repository.load(document, options.allow_dirty)
    pipeline._is_exact = arguments.number is not None
    with _reachable_pins():
        if arguments.format == "json":
            with prints_on_stderr():
                finished = pipeline.run()
            print_json(run=of_run(finished), notes=notes)
        else:
            _print_run(pipeline.run())
    return 0


def _reachable_pins() -> AbstractContextManager[None]:
    """Let processes that a step starts, such as those of joblib, find the commits that were loaded here."""
    from zenml_pin.at import registry
    from zenml_pin.base.process_environment import pins_in

    return pins_in(address for address in registry.addresses() if isinstance(address, str))


def _document_of_bundle(arguments: argparse.Namespace) -> tuple[Repository, Document]:
    """Return a document that a bundle carries; it runs in the current workspace, or in the current folder."""
    from zenml_pin.bundles.bundle import Bundle
    from zenml_pin.pipelines.bundled import take_document

    if arguments.rev is not None or arguments.number is not None:
        raise UnsupportedError("--rev and --number choose a document of a repository, not of a bundle")
    repository = open_repository_to_run()
    return repository, take_document(Bundle.open(arguments.what), repository.workspace, arguments.pipeline)


def _find_document(what: str, revision: str | None, number: int | None) -> tuple[Repository, Document]:
    from zenml_pin.pipelines.documents.document import load_document
    from zenml_pin.pipelines.repository import Repository

    is_file = has_document_suffix(what) or os.path.isfile(what)
    repository = open_repository_to_run()
    if revision is not None:
        return repository, _document_at(repository, what, revision, number, is_file)
    if not is_file:
        return repository, repository.get_document(what, number)
    return Repository(os.path.dirname(os.path.abspath(what))), load_document(what)


def _document_at(
    repository: Repository, what: str, revision: str, number: int | None, is_file: bool
) -> Document:
    """Return a document as it was committed."""
    from zenml_pin.at import registry
    from zenml_pin.git.objects.commit_files import CommitTree
    from zenml_pin.git.revision import resolve_revision
    from zenml_pin.importing.source_roots import stated_folders
    from zenml_pin.pipelines.documents.catalogue import choose_at
    from zenml_pin.pipelines.documents.document import parse_document
    from zenml_pin.pipelines.documents.folders import OPTION
    from zenml_pin.workspace.folders import PIPELINES

    git_repository = registry.open(repository.workspace.git_root or os.getcwd())
    tree = CommitTree(git_repository.objects, resolve_revision(git_repository, revision))
    # A bare repository has no pipelines folder on disk; its commits have one, and paths are those of the commit.
    is_bare = git_repository.worktree is None
    if not is_file:
        folder = PIPELINES if is_bare else git_repository.relative(repository.workspace.pipelines_dir)
        if folder is None:
            raise UnsupportedError(
                f"'{repository.workspace.pipelines_dir}' is outside '{git_repository.root}'"
            )
        return choose_at(tree, (folder, *stated_folders(tree, OPTION)), what, number)
    path = posixpath.normpath(what) if is_bare else git_repository.relative(what)
    if path is None:
        raise UnknownNameError("file", what, hint=f"it is outside '{git_repository.root}'")
    return parse_document(tree.read(path), f"{revision}:{path}")


def _run_script(arguments: argparse.Namespace) -> int:
    """Run a script as Python does. The output of the script is the output of the command."""
    import runpy

    from zenml_pin.workspace.config import get_current_workspace

    if arguments.rev is not None or arguments.number is not None:
        raise UnsupportedError("--rev and --number choose a document, not a script")
    if arguments.format == "json":
        raise UnsupportedError(
            "a script prints what it likes, which is not JSON",
            "run it, and then 'zenml-pin runs --format json'",
        )
    path = os.path.abspath(arguments.what)
    if not os.path.isfile(path):
        raise UnknownNameError("script", arguments.what, hint="name a document or a pipeline without '.py'")
    folder = os.path.dirname(path)
    sys.path[:0] = [folder, *_source_roots(get_current_workspace(path).root)]
    sys.argv[:] = [path, *arguments.arguments]
    try:
        runpy.run_path(path, run_name="__main__")
    except SystemExit as error:
        if error.code is None or isinstance(error.code, int):
            return error.code or 0
        print(error.code, file=sys.stderr)
        return 1
    except (PinError, KeyboardInterrupt):
        raise
    except Exception as error:
        import traceback

        traceback.print_exception(error)
        return 1
    return 0


def _source_roots(root: str) -> list[str]:
    from zenml_pin.git.objects.worktree_files import WorktreeTree
    from zenml_pin.importing.source_roots import source_roots

    return [os.path.join(root, folder).rstrip("/") for folder in source_roots(WorktreeTree(root))]


def _print_run(finished: Run) -> None:
    print(f"run          {printable(finished.id)}")
    print(f"pipeline     {printable(finished.pipeline)} ({finished.number})")
    print(f"document     {printable(finished.document)}")
    for step in finished.steps:
        seconds = (step.ended or step.started) - step.started
        took = "cached" if step.cached else f"{seconds:.1f} s"
        print(printable(f"{step.key:<12} {step.source}  {took}"))
    for name, value in finished.metrics.items():
        print(printable(f"metric       {name} {value}"))
